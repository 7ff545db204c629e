#!/usr/bin/env python3
"""Writes GoldenKernel.swift: leave-one-out likelihoods of kernel laws by scikit-learn and SciPy.

    python3 -m venv venv && venv/bin/pip install scipy scikit-learn
    venv/bin/python Scripts/golden-kernel.py > Tests/OrnsteinLearningTests/GoldenKernel.swift
"""
import numpy as np
import scipy
import sklearn
from scipy.optimize import minimize_scalar
from sklearn.neighbors import KernelDensity

generator = np.random.default_rng(3)
points = np.round(np.concatenate([
    generator.normal([0, 0], [1, 0.5], size=(30, 2)), generator.normal([2, 1], 0.4, size=(18, 2)),
]), 4)


def left_out(bandwidth):
    """The log-density of each point under the kernel law of the others."""
    return np.array([
        KernelDensity(bandwidth=bandwidth, rtol=0, atol=0)
        .fit(np.delete(points, i, 0)).score_samples(points[i:i + 1])[0]
        for i in range(len(points))])


best = minimize_scalar(
    lambda h: -left_out(np.exp(h)).mean(), bounds=(np.log(0.05), np.log(2)), method="bounded",
    options={"xatol": 1e-9})


def numbers(values):
    return "[" + ", ".join(repr(float(v)) for v in np.ravel(values)) + "]"


print("// swift-format-ignore-file")
print("// Written by Scripts/golden-kernel.py with "
      f"SciPy {scipy.__version__} and scikit-learn {sklearn.__version__}.\n")
print("enum GoldenKernel {")
print("  /// Points of dimension 2.")
print(f"  static let points: [Double] = {numbers(points)}\n")
print("  /// The mean leave-one-out log-density at some bandwidths, with its standard error.")
print("  static let likelihoods: [(bandwidth: Double, mean: Double, error: Double)] = [")
for bandwidth in [0.05, 0.2, 0.3, 1.0]:
    values = left_out(bandwidth)
    error = values.std(ddof=1) / np.sqrt(len(values))
    print(f"    ({bandwidth}, {float(values.mean())!r}, {float(error)!r}),")
print("  ]\n")
print("  /// The bandwidth of the largest one.")
print(f"  static let best = {float(np.exp(best.x))!r}")
print("}")
