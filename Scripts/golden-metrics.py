#!/usr/bin/env python3
"""Writes GoldenSamples.swift: distances of small samples by SciPy, POT and scikit-learn.

    python3 -m venv venv && venv/bin/pip install scipy pot scikit-learn
    venv/bin/python Scripts/golden-metrics.py > Tests/OrnsteinMetricsTests/GoldenSamples.swift
"""
import numpy as np
import ot
import scipy
import sklearn
from scipy.linalg import sqrtm
from scipy.spatial.distance import cdist
from scipy.stats import cramervonmises, energy_distance, ks_1samp, norm, wasserstein_distance
from sklearn.metrics.pairwise import rbf_kernel

generator = np.random.default_rng(1)


def numbers(values):
    return "[" + ", ".join(repr(float(v)) for v in np.ravel(values)) + "]"


print("// swift-format-ignore-file")
print("// Written by Scripts/golden-metrics.py with "
      f"SciPy {scipy.__version__}, POT {ot.__version__} and scikit-learn {sklearn.__version__}.\n")
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


def single(values):
    """Rounded to single precision, in which distances of pairs are taken."""
    return np.asarray(values, dtype=np.float32).astype(float)


print()
print("  /// Two samples of numbers and SciPy's energy distance, the root of the distance with bias.")
print("  static let energies: [(x: [Double], y: [Double], distance: Double)] = [")
for n, m in [(6, 4), (30, 50)]:
    x, y = single(generator.normal(size=n)), single(generator.normal(0.7, 1.5, size=m))
    print(f"    ({numbers(x)},\n     {numbers(y)},\n     {float(energy_distance(x, y))!r}),")
print("  ]\n")
print("  /// Two samples of points, the exact Wasserstein-1 and -2 distances by POT (emd2), the unbiased")
print("  /// squared kernel discrepancy by scikit-learn, and the squared Frechet distance by SciPy.")
print("  static let clouds: [GoldenCloud] = [")
for n, m, d, width in [(12, 12, 2, 1.0), (25, 25, 3, 0.7), (10, 15, 2, 2.0), (40, 24, 5, 3.0), (7, 1, 2, 1.0)]:
    x, y = single(generator.normal(size=(n, d))), single(generator.normal(0.4, 1.3, size=(m, d)))
    first = ot.emd2([], [], cdist(x, y), numItermax=10**7)
    second = np.sqrt(ot.emd2([], [], cdist(x, y) ** 2, numItermax=10**7))
    kernel = frechet = "nil"
    if min(n, m) > 1:
        gamma = 1 / (2 * width**2)
        xx, yy = rbf_kernel(x, x, gamma=gamma), rbf_kernel(y, y, gamma=gamma)
        kernel = repr(float(
            (xx.sum() - np.trace(xx)) / (n * (n - 1)) + (yy.sum() - np.trace(yy)) / (m * (m - 1))
            - 2 * rbf_kernel(x, y, gamma=gamma).mean()))
        a, b = np.cov(x.T), np.cov(y.T)
        root = sqrtm(sqrtm(a) @ b @ sqrtm(a)).real
        shift = x.mean(0) - y.mean(0)
        frechet = repr(float(shift @ shift + np.trace(a + b - 2 * root)))
    print(f"    GoldenCloud(\n      dimension: {d}, x: {numbers(x)},\n      y: {numbers(y)},\n"
          f"      wasserstein1: {float(first)!r}, wasserstein2: {float(second)!r}, bandwidth: {width},\n"
          f"      kernel: {kernel}, frechet: {frechet}),")
print("  ]\n")
x = generator.normal(0.2, 1.1, size=60)
print("  /// A sample with SciPy's Kolmogorov-Smirnov and Cramer-von Mises statistics against")
print("  /// the standard normal law.")
print(f"  static let againstNormal: [Double] = {numbers(x)}")
ks, cvm = ks_1samp(x, norm.cdf), cramervonmises(x, "norm")
print(f"  static let kolmogorovSmirnov = {float(ks.statistic)!r}")
print(f"  static let cramerVonMises = {float(cvm.statistic)!r}")
print("}\n")
print("struct GoldenCloud: Sendable {")
print("  var dimension: Int")
print("  var x: [Double]")
print("  var y: [Double]")
print("  var wasserstein1: Double")
print("  var wasserstein2: Double")
print("  var bandwidth: Double")
print("  var kernel: Double?")
print("  var frechet: Double?")
print("}")
