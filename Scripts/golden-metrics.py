#!/usr/bin/env python3
"""Writes GoldenSamples.swift: distances of small samples by SciPy, to test ours against.

    Scripts/golden-metrics.py > Tests/OrnsteinMetricsTests/GoldenSamples.swift
"""
import numpy as np
from scipy.spatial.distance import cdist
from scipy.stats import wasserstein_distance

generator = np.random.default_rng(1)


def numbers(values):
    return "[" + ", ".join(repr(float(v)) for v in np.ravel(values)) + "]"


print("// swift-format-ignore-file")
print("// Written by Scripts/golden-metrics.py with SciPy 1.17.1.\n")
print("enum GoldenSamples {")
print("  /// Two samples and their Wasserstein-1 distance.")
print("  static let lines: [(x: [Double], y: [Double], wasserstein: Double)] = [")
for n, m in [(1, 1), (5, 5), (7, 4), (3, 11), (20, 13)]:
    x, y = generator.normal(size=n), generator.normal(0.5, 2, size=m)
    print(f"    ({numbers(x)},\n     {numbers(y)},\n     {float(wasserstein_distance(x, y))!r}),")
print("  ]\n")
x, y = generator.normal(size=(9, 3)), generator.normal(0.3, 1.5, size=(6, 3))
xy, xx, yy = cdist(x, y), cdist(x, x), cdist(y, y)


def unbiased(xy, xx, yy):
    n, m = xy.shape
    return 2 * xy.mean() - xx.sum() / (n * (n - 1)) - yy.sum() / (m * (m - 1))


left = [unbiased(np.delete(xy, i, 0), np.delete(np.delete(xx, i, 0), i, 1), yy) for i in range(9)]
right = [unbiased(np.delete(xy, j, 1), xx, np.delete(np.delete(yy, j, 0), j, 1)) for j in range(6)]
variance = sum((k - 1) / k * ((np.array(v) - np.mean(v)) ** 2).sum() for k, v in [(9, left), (6, right)])
print("  /// Two samples of points of dimension 3, their energy distance without bias, and the delete-one jackknife.")
print(f"  static let pointsX: [Double] = {numbers(x)}")
print(f"  static let pointsY: [Double] = {numbers(y)}")
print(f"  static let unbiasedEnergy = {float(unbiased(xy, xx, yy))!r}")
print(f"  static let jackknifeError = {float(np.sqrt(variance))!r}")
print("}")
