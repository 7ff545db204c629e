"""The work that every engine does, and the protocol by which it is asked for.

An engine is a process that reads lines `case;repetitions` and answers each with the median time of
one unit of the case in milliseconds, or with `nan` and a reason. It prints `ready` first.
"""

import math
import os
import statistics
import sys
import time

WIDTH = 256
HIDDEN_LAYERS = 3
LEVEL_FREQUENCIES = 16  # a sine and a cosine each
FEATURES = 2 * LEVEL_FREQUENCIES
BATCH = 1024
POINTS = 4096
SAMPLING_STEPS = 100
NORMALS = 1 << 22
TRAINING_STEPS = 20  # in one repetition; the time of one is reported

LEARNING_RATE = 1e-3
WEIGHT_DECAY = 1e-4
CLIPPING_NORM = 1.0
AVERAGE_RATE = 1e-3

# Canonical Ornstein-Uhlenbeck times of the noise levels.
HORIZON = 5.0
STOP = 1e-3


def frequencies():
    """The angular frequencies of the level features, on log(alpha / sigma)."""
    return [
        2 * math.pi * 2.0 ** (-5 + 5 * i / (LEVEL_FREQUENCIES - 1))
        for i in range(LEVEL_FREQUENCIES)]


def sampling_plan():
    """Noise levels and affine coefficients (position, score, noise) of a stochastic sampler.

    The reverse equation with the score frozen over each step (arXiv 2211.01916, section 2), on
    times spaced geometrically.
    """
    times = [
        HORIZON * (STOP / HORIZON) ** (i / SAMPLING_STEPS) for i in range(SAMPLING_STEPS + 1)]
    steps = []
    for start, end in zip(times, times[1:]):
        h = start - end
        steps.append((
            math.exp(-start), math.sqrt(-math.expm1(-2 * start)),
            math.exp(h), 2 * math.expm1(h), math.sqrt(math.expm1(2 * h))))
    return steps


MIXTURE_POINTS = 32768
STORED_SCORES = 4


def mixture(dimension, components):
    """Means (rows) and variances of a mixture of isotropic Gaussians with equal weights."""
    golden = 0.6180339887498949
    means = [
        [8 * ((k * dimension + j + 1) * golden % 1 - 0.5) for j in range(dimension)]
        for k in range(components)]
    return means, [0.5 + k / components for k in range(components)]


def mixture_tables(dimension, components):
    """For each level of the plan: precision times mean, log constants and precisions.

    With them the exponents of a point x are x . (p m) - p |x|^2 / 2 + constant, and its score
    sum_k rho_k (p m)_k - x sum_k rho_k p_k: two matrix products, the least that the work needs.
    """
    means, variances = mixture(dimension, components)
    squares = [sum(m * m for m in mean) for mean in means]
    tables = []
    for alpha, sigma, *_ in sampling_plan():
        p = [1 / (alpha * alpha * v + sigma * sigma) for v in variances]
        constants = [
            dimension / 2 * math.log(q) - q / 2 * alpha * alpha * s for q, s in zip(p, squares)]
        top = max(constants)
        tables.append((
            [[q * alpha * m for m in mean] for q, mean in zip(p, means)],
            [c - top for c in constants], p))
    return tables


EM_ROWS = 1_000_000


def em_start(dimension, components):
    """Means half a unit off those of the mixture, and the variance of every coordinate."""
    return [[m + 0.5 for m in mean] for mean in mixture(dimension, components)[0]], 1.5


def multistep_plan():
    """Coefficients (position, newest score, ... oldest score) of each step of the linear multistep
    rule of order 4 in sigma / alpha (arXiv 2202.09778, section 3); its order rises by one a step.
    """
    times = [
        HORIZON * (STOP / HORIZON) ** (i / SAMPLING_STEPS) for i in range(SAMPLING_STEPS + 1)]
    alphas = [math.exp(-t) for t in times]
    sigmas = [math.sqrt(-math.expm1(-2 * t)) for t in times]
    ratios = [s / a for s, a in zip(sigmas, alphas)]
    nodes, weights = (-math.sqrt(3 / 5), 0, math.sqrt(3 / 5)), (5 / 9, 8 / 9, 5 / 9)
    plan = []
    for i in range(SAMPLING_STEPS):
        low, high = ratios[i], ratios[i + 1]
        kept = [i - j for j in range(min(STORED_SCORES, i + 1))]
        row = [alphas[i + 1] / alphas[i]]
        for j in kept:
            total = 0
            for node, weight in zip(nodes, weights):  # exact up to degree 5
                r = (low + high) / 2 + (high - low) / 2 * node
                total += weight * math.prod(
                    (r - ratios[m]) / (ratios[j] - ratios[m]) for m in kept if m != j)
            row.append(-alphas[i + 1] * sigmas[j] * total * (high - low) / 2)
        plan.append(row + [0.0] * (1 + STORED_SCORES - len(row)))
    return plan


def processors():
    """The processors to run on, one thread each: those this process may use."""
    return sorted(os.sched_getaffinity(0))


def serve(cases):
    """Answers requests until the input ends; `cases` maps a name to a maker of (function, units)."""
    made = {}
    print("ready", flush=True)
    for line in sys.stdin:
        name, repetitions = line.strip().rsplit(";", 1)
        try:
            if name not in made:
                kind, *arguments = name.split()
                made[name] = cases[kind](*map(int, arguments))
                made[name][0]()
            run, units = made[name]
            run()
            seconds = []
            for _ in range(int(repetitions)):
                start = time.perf_counter()
                run()
                seconds.append(time.perf_counter() - start)
            print(statistics.median(seconds) * 1e3 / units, flush=True)
        except Exception as error:  # the driver reports it and goes on without this engine
            reason = f"{type(error).__name__}: {error}".replace("\n", " ")
            print("nan", reason[:200], flush=True)
