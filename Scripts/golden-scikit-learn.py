#!/usr/bin/env python3
"""Writes GoldenScikitLearn.swift: fitted mixtures of every covariance type by scikit-learn, as JSON.

    python3 -m venv venv && venv/bin/pip install scikit-learn
    venv/bin/python Scripts/golden-scikit-learn.py > Tests/OrnsteinTests/GoldenScikitLearn.swift
"""
import json

import numpy as np
import sklearn
from sklearn.mixture import GaussianMixture

generator = np.random.default_rng(5)
data = np.concatenate([
    generator.normal([0, 0, 1], [1, 0.5, 0.7], size=(120, 3)),
    generator.normal([2, 1, -1], 0.4, size=(80, 3))])
data[:, 2] += 0.5 * data[:, 0]
points = np.round(generator.normal(size=(4, 3)), 3)
names = ["weights_", "means_", "covariances_", "precisions_cholesky_"]

print("// swift-format-ignore-file")
print(f"// Written by Scripts/golden-scikit-learn.py with scikit-learn {sklearn.__version__}.\n")
print("enum GoldenScikitLearn {")
print(f"  static let points: [[Double]] = {points.tolist()}\n")
print("  /// Parameters of each covariance type, the log-densities of the points, and the means of")
print("  /// coordinate 1 given the others by the normal equations.")
print("  static let mixtures: [(type: String, json: String, logDensities: [Double], means: [Double])] = [")
for kind in ["full", "tied", "diag", "spherical"]:
    model = GaussianMixture(2, covariance_type=kind, random_state=0).fit(data)
    parameters = {name: getattr(model, name).tolist() for name in names}
    parameters["covariance_type"] = model.covariance_type
    parameters["converged_"] = bool(model.converged_)
    full = {
        "full": lambda: model.covariances_, "tied": lambda: [model.covariances_] * 2,
        "diag": lambda: [np.diag(c) for c in model.covariances_],
        "spherical": lambda: [c * np.eye(3) for c in model.covariances_]}[kind]()
    means = []
    for point in points:
        weight, mean = [], []
        for w, m, c in zip(model.weights_, model.means_, full):
            c = np.asarray(c)
            inner = np.linalg.inv(c[np.ix_([0, 2], [0, 2])])
            offset = point[[0, 2]] - m[[0, 2]]
            weight.append(w * np.sqrt(np.linalg.det(inner)) * np.exp(-offset @ inner @ offset / 2))
            mean.append(m[1] + c[1, [0, 2]] @ inner @ offset)
        means.append(float(np.dot(weight, mean) / np.sum(weight)))
    print(f'    ("{kind}",\n     #"{json.dumps(parameters)}"#,\n     '
          f"{model.score_samples(points).tolist()},\n     {means}),")
print("  ]")
print("}")
