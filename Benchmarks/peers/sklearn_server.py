"""Expectation-maximisation by scikit-learn."""

import sys

import numpy as np
from sklearn.mixture import GaussianMixture

from work import EM_ROWS, em_start, mixture, serve


def points(dimension, components):
    number = np.arange(1, EM_ROWS * dimension + 1, dtype=float)
    u, v = (number * g % 1 for g in (0.6180339887498949, 0.7548776662466927))
    noise = np.sqrt(-2 * np.log(u + 1e-12)) * np.cos(2 * np.pi * v)
    means = np.array(mixture(dimension, components)[0])
    return noise.reshape(EM_ROWS, dimension) + means[np.arange(EM_ROWS) % components]


def started(dimension, components):
    """A model with equal weights, means half a unit off and covariances 1.5 I."""
    model = GaussianMixture(components, covariance_type="full")
    means, variance = em_start(dimension, components)
    model.means_ = np.array(means)
    model.weights_ = np.full(components, 1 / components)
    model.precisions_cholesky_ = np.tile(np.eye(dimension) / variance**0.5, (components, 1, 1))
    return model


def iteration(dimension, components):
    x, model = points(dimension, components), started(dimension, components)

    def run():
        _, responsibilities = model._e_step(x)
        model._m_step(x, responsibilities)

    return run, 1


if len(sys.argv) > 1 and sys.argv[1] == "likelihood":
    x, model = points(16, 32), started(16, 32)
    for _ in range(3):
        model._m_step(x, model._e_step(x)[1])
    print(repr(float(model._e_step(x)[0])))
else:
    serve({"em": iteration})
