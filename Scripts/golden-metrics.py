#!/usr/bin/env python3
"""Writes GoldenSamples.swift: distances of small samples by SciPy, to test ours against.

    Scripts/golden-metrics.py > Tests/OrnsteinMetricsTests/GoldenSamples.swift      (SciPy 1.17.1, NumPy 2.4.6)
"""
import numpy as np
from scipy.spatial.distance import cdist
from scipy.stats import energy_distance, wasserstein_distance

generator = np.random.default_rng(1)


def numbers(values):
    return "[" + ", ".join(repr(float(v)) for v in np.ravel(values)) + "]"


print("// swift-format-ignore-file")
print("// Written by Scripts/golden-metrics.py with SciPy 1.17.1.\n")
print("enum GoldenSamples {")
print("  /// Two samples, their Wasserstein-1 distance, and their biased energy distance.")
print("  static let lines: [(x: [Double], y: [Double], wasserstein: Double, energy: Double)] = [")
for n, m in [(1, 1), (5, 5), (7, 4), (3, 11), (20, 13)]:
    x, y = generator.normal(size=n), generator.normal(0.5, 2, size=m)
    # SciPy's energy distance is the square root of ours.
    print(f"    ({numbers(x)},\n     {numbers(y)},\n     {float(wasserstein_distance(x, y))!r},"
          f" {float(energy_distance(x, y) ** 2)!r}),")
print("  ]\n")
print("  /// Two weighted samples and their Wasserstein-1 distance.")
print("  static let weighted:")
print("    [(x: [Double], u: [Double], y: [Double], v: [Double], wasserstein: Double)] = [")
for n, m in [(4, 4), (6, 3)]:
    x, y = generator.normal(size=n), generator.normal(1, 1, size=m)
    u, v = generator.random(n), generator.random(m)
    print(f"    ({numbers(x)}, {numbers(u)},\n     {numbers(y)}, {numbers(v)},"
          f"\n     {float(wasserstein_distance(x, y, u, v))!r}),")
print("  ]\n")
x, y = generator.normal(size=(9, 3)), generator.normal(0.3, 1.5, size=(6, 3))
xy, xx, yy = cdist(x, y), cdist(x, x), cdist(y, y)


def unbiased(xy, xx, yy):
    n, m = xy.shape
    return 2 * xy.mean() - xx.sum() / (n * (n - 1)) - yy.sum() / (m * (m - 1))


left = [unbiased(np.delete(xy, i, 0), np.delete(np.delete(xx, i, 0), i, 1), yy) for i in range(9)]
right = [unbiased(np.delete(xy, j, 1), xx, np.delete(np.delete(yy, j, 0), j, 1)) for j in range(6)]
variance = sum((k - 1) / k * ((np.array(v) - np.mean(v)) ** 2).sum() for k, v in [(9, left), (6, right)])
print("  /// Two samples of points of dimension 3, their energy distances, and the delete-one jackknife.")
print(f"  static let pointsX: [Double] = {numbers(x)}")
print(f"  static let pointsY: [Double] = {numbers(y)}")
print(f"  static let unbiasedEnergy = {float(unbiased(xy, xx, yy))!r}")
print(f"  static let biasedEnergy = {float(2 * xy.mean() - xx.mean() - yy.mean())!r}")
print(f"  static let jackknifeError = {float(np.sqrt(variance))!r}")
print("}")
