#!/usr/bin/env python3
"""Writes GoldenFits.swift: expectation-maximisation by scikit-learn from given responsibilities.

    python3 -m venv venv && venv/bin/pip install scipy scikit-learn
    venv/bin/python Scripts/golden-mixtures.py PENGUINS.csv > \
        Tests/OrnsteinLearningTests/Mixture/GoldenFits.swift

PENGUINS.csv is the table of palmerpenguins 0.1.0 (`inst/extdata/penguins.csv`, CC0), any order of rows.
"""
import csv
import sys
import warnings
from pathlib import Path

import numpy as np
import scipy
import sklearn
from scipy.special import logsumexp
from scipy.stats import multivariate_normal
from sklearn.cluster import KMeans
from sklearn.mixture import GaussianMixture

warnings.filterwarnings("ignore")
ROOT = Path(__file__).resolve().parent.parent
ITERATIONS = 15
KINDS = {"isotropic": "spherical", "diagonal": "diag", "tied": "tied", "full": "full"}


class Started(GaussianMixture):
    """A mixture whose first maximisation step takes given responsibilities."""

    def _initialize_parameters(self, X, random_state, xp=None):
        self._initialize(X, np.eye(self.n_components)[self.labels])


def fit(x, labels, kind, iterations, tolerance):
    model = Started(
        labels.max() + 1, covariance_type=KINDS[kind], tol=tolerance, max_iter=iterations)
    model.labels = labels
    return model.fit(x)


def identity_fit(x, labels, iterations):
    """Weights and means alone, by the definition."""
    r = np.eye(labels.max() + 1)[labels]
    for _ in range(iterations + 1):
        weights, means = r.mean(0), (r.T @ x) / r.sum(0)[:, None]
        logs = np.stack([
            np.log(w) + multivariate_normal(m).logpdf(x) for w, m in zip(weights, means)], 1)
        score = logsumexp(logs, 1)
        r = np.exp(logs - score[:, None])
    return score.mean(), weights


def columns(path, names, rows=None):
    with open(path, newline="") as file:
        table = [[row[n] for n in names] for row in csv.DictReader(file)]
    table = [row for row in table if all(v not in ("", "NA") for v in row)]
    return np.array(table[:rows], dtype=float)


def draws(seed, weights, means, factors, count):
    generator = np.random.default_rng(seed)
    which = generator.choice(len(weights), count, p=weights)
    noise = generator.normal(size=(count, means.shape[1]))
    return np.round(means[which] + np.einsum("nij,nj->ni", factors[which], noise), 4)


def sets():
    yield "oldFaithful", 2, columns(
        ROOT / "Examples/OldFaithful/old_faithful.csv", ["eruption_min", "waiting_min"])
    yield "penguins", 3, columns(
        sys.argv[1], ["bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g"])
    wine = ["fixed_acidity", "volatile_acidity", "citric_acid", "residual_sugar", "chlorides",
            "free_sulfur_dioxide", "total_sulfur_dioxide", "density", "ph", "sulphates", "alcohol"]
    yield "wine", 3, columns(ROOT / "Examples/WineQuality/wine_quality.csv", wine, 400)
    yield "overlapping", 3, draws(
        1, [0.5, 0.3, 0.2], np.array([[0, 0], [2, 1], [-1, 2.5]]),
        np.array([[[1, 0], [0.5, 1]], [[1.5, 0], [-1, 0.5]], [[0.7, 0], [0, 0.7]]]), 400)
    generator = np.random.default_rng(2)
    yield "six", 4, draws(
        3, [0.4, 0.3, 0.2, 0.1], 4 * generator.normal(size=(4, 6)),
        np.tril(0.5 * generator.normal(size=(4, 6, 6))) + 0.8 * np.eye(6), 500)


print("// swift-format-ignore-file")
print(f"// Written by Scripts/golden-mixtures.py with SciPy {scipy.__version__} and "
      f"scikit-learn {sklearn.__version__}.")
print("// Data: Old Faithful (Examples/OldFaithful); penguins of Palmer Station (Gorman, Williams and "
      "Fraser 2014, palmerpenguins, CC0);")
print("// the first rows of Wine Quality (Cortez et al. 2009, doi:10.24432/C56S3T, CC BY 4.0, "
      "Examples/WineQuality); two synthetic samples.\n")
print("struct GoldenFit: Sendable {")
print("  var name: String")
print("  var dimension: Int")
print("  var components: Int")
print("  /// The rows, one number after the other.")
print("  var points: String")
print("  /// The first component of each row, a digit each.")
print("  var labels: String")
print("  /// The covariances, after some iterations without tolerance the mean log-likelihood and the "
      "weights, and the iterations that the tolerance 1e-3 takes.")
print("  var fits: [(kind: String, logLikelihood: Double, weights: [Double], needed: Int?)]\n")
print(f"  static let iterations = {ITERATIONS}")
print("  static let all = [oldFaithful, penguins, wine, overlapping, six]")
for name, components, x in sets():
    scaled = (x - x.mean(0)) / x.std(0)
    labels = KMeans(components, n_init=1, random_state=0).fit_predict(scaled)
    print(f"\n  static let {name} = GoldenFit(")
    print(f'    name: "{name}", dimension: {x.shape[1]}, components: {components},')
    print('    points: "' + " ".join(f"{v:g}" if float(f"{v:g}") == v else repr(float(v))
                                      for v in x.ravel()) + '",')
    print('    labels: "' + "".join(map(str, labels)) + '",')
    print("    fits: [")
    score, weights = identity_fit(x, labels, ITERATIONS)
    print(f'      ("identity", {float(score)!r}, [{", ".join(repr(float(w)) for w in weights)}], nil),')
    for kind in KINDS:
        model = fit(x, labels, kind, ITERATIONS, 0)
        assert model.n_iter_ == ITERATIONS
        converged = fit(x, labels, kind, 100, 1e-3)
        print(f'      ("{kind}", {float(model.score(x))!r}, '
              f'[{", ".join(repr(float(w)) for w in model.weights_)}], {converged.n_iter_}),')
    print("    ])")
print("}")
