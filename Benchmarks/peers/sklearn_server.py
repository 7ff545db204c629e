"""Expectation-maximisation by scikit-learn."""

import sys

import numpy as np
from sklearn.mixture import GaussianMixture

from work import EM_ROWS, em_start, mixture, serve


def uniforms(number):
    """The numbers of (0, 1) that SplitMix64 makes of states."""
    z = (number + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return (((z ^ (z >> np.uint64(31))) >> np.uint64(12)) + 0.5) * 2.0**-52


def points(dimension, components):
    number = np.uint64(2) * np.arange(EM_ROWS * dimension, dtype=np.uint64)
    u, v = uniforms(number), uniforms(number + np.uint64(1))
    noise = np.sqrt(-2 * np.log(u)) * np.cos(2 * np.pi * v)
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
