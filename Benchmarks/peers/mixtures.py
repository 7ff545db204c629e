"""Learners of this library and scikit-learn's Gaussian mixtures on samples of laws that are known.

usage: mixtures.py ORNSTEIN OUTPUT.md TARGET.json... [--rows 10000,100000] [--starts 2]

scikit-learn's model is the one of the least BIC over its four types and more and more components, each
from some starts, until three numbers in a row have not lowered it. KL(truth || model) is a mean over
50,000 other points of the truth, the same for all models, where truth and model have closed forms, and
the difference from scikit-learn is paired point by point. Polynomials and networks have no closed form
and are judged by 1,000 of the points: polynomials by the variational bound of 4000 steps, which makes
their KL too large, networks by the probability flow. So few points cannot tell them from the best, and
"best of ours" is said of closed forms alone.

What decides: where the truth is a mixture of few normal laws, both find it, and the winner is who spends
fewer numbers on it. Components that all share the identity or one variance are forms that scikit-learn
does not have; with many rows its choice may also keep components too many, because a start that missed
one is never mended, where merges mend it here. Covariances widened for prediction gain a little
everywhere. Where the truth is no small mixture (the circle), the criterion of Bayes takes too few
components for the divergence; rows kept out allow more, and the weighted mean of mixtures of unlike
forms, many narrow components and few long ones, gains most. Kernels lose in many dimensions, networks
of a minute need more rows than mixtures where the law is a mixture.
"""
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from sklearn.mixture import GaussianMixture

COMPONENTS = [1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30, 40, 50, 60, 80, 100,
              120, 150, 200]
JUDGES = 50_000
FEW = 1_000
LEARNERS = {
    "mixture": ["--learner", "mixture"],
    "kernel": ["--learner", "kernel"],
    "polynomial": ["--learner", "polynomial"],
    "network": ["--learner", "network", "--minutes", "1"],
}


def run(command, *arguments):
    done = subprocess.run([command, *map(str, arguments)], capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(map(str, arguments))}: {done.stderr}")
    return done


class Truth:
    """A mixture of isotropic normal laws, from its JSON."""

    def __init__(self, path):
        parts = json.loads(path.read_text())["components"]
        self.weights = np.array([part["weight"] for part in parts])
        self.weights /= self.weights.sum()
        self.means = np.array([part["mean"] for part in parts])
        self.variances = np.array([
            1.0 if part["covariance"] == "identity" else part["covariance"]["isotropic"]
            for part in parts])

    def draw(self, rows, seed):
        generator = np.random.default_rng(seed)
        which = generator.choice(len(self.weights), rows, p=self.weights)
        noise = generator.standard_normal((rows, self.means.shape[1]))
        return self.means[which] + np.sqrt(self.variances[which])[:, None] * noise

    def log_density(self, points):
        squares = ((points**2).sum(1)[:, None] - 2 * points @ self.means.T
                   + (self.means**2).sum(1))
        d = points.shape[1]
        logits = (np.log(self.weights) - d / 2 * np.log(2 * np.pi * self.variances)
                  - squares / (2 * self.variances))
        top = logits.max(1)
        return top + np.log(np.exp(logits - top[:, None]).sum(1))


def densities(command, source, points, folder, *options):
    out = folder / "densities.npy"
    run(command, "density", source, points, *options, "-o", out, "--quiet")
    return np.load(out).reshape(len(np.load(points)), -1)[:, 0]


def mean(values):
    return f"{values.mean():.4g} ± {values.std(ddof=1) / len(values) ** 0.5:.1g}"


def best_of_peer(data, starts):
    best, start = None, time.monotonic()
    for kind in ["full", "tied", "diag", "spherical"]:
        lowest, misses = np.inf, 0
        for count in COMPONENTS:
            model = GaussianMixture(count, covariance_type=kind, n_init=starts, random_state=0).fit(data)
            value = model.bic(data)
            misses = 0 if value < lowest else misses + 1
            lowest = min(value, lowest)
            if best is None or value < best[0]:
                best = (value, model, f"{count} × {kind}")
            if misses == 3:
                break
    return best[1], best[2], time.monotonic() - start


def rows_of(command, target, rows, starts, folder):
    law = Truth(target)
    data, judges, few = (folder / f"{name}.npy" for name in ["data", "judges", "few"])
    np.save(data, law.draw(rows, 1))
    points = law.draw(JUDGES, 2)
    np.save(judges, points)
    np.save(few, points[:FEW])
    truth = law.log_density(points)
    table = []
    for name, options in LEARNERS.items():
        model = folder / "model.safetensors"
        start = time.monotonic()
        told = json.loads(run(command, "fit", data, *options, "-o", model, "--json").stdout)
        seconds = time.monotonic() - start
        what = " ".join((told.get("remarks") or [""])[:2 if name == "mixture" else 1])
        if name in ("mixture", "kernel"):
            gap = truth - densities(
                command, model, judges, folder, "--method", "exact")
        else:
            bound = ["--method", "elbo", "--steps", "4000"]
            gap = truth[:FEW] - densities(
                command, model, few, folder,
                *(bound if name == "polynomial" else ["--method", "flow"]))
        table.append((name, what, gap, seconds))
    peer, what, seconds = best_of_peer(np.load(data), starts)
    table.append(("scikit-learn", what, truth - peer.score_samples(points), seconds))
    closed = [row for row in table if row[0] in ("mixture", "kernel")]
    ours = min(closed, key=lambda row: row[2].mean())
    lines = []
    for name, what, gap, seconds in table:
        mark = ", best of ours" if name == ours[0] else ""
        lines.append(
            f"| `{target.stem}` | {rows} | {name}{mark} | {what} | {mean(gap)} | {seconds:.1f} |")
    lines.append(
        f"| `{target.stem}` | {rows} | best of ours - scikit-learn | | "
        f"{mean(ours[2] - table[-1][2])} | |")
    print(*lines, sep="\n", flush=True)
    return lines


def main():
    command, output, *targets = sys.argv[1:]
    options = {"--rows": "10000,100000", "--starts": "2"}
    for option in options:
        if option in targets:
            place = targets.index(option)
            options[option] = targets[place + 1]
            del targets[place : place + 2]
    sizes, starts = [int(n) for n in options["--rows"].split(",")], int(options["--starts"])
    lines = []
    with tempfile.TemporaryDirectory() as name:
        for target in targets:
            for rows in sizes:
                lines += rows_of(command, Path(target), rows, starts, Path(name))
    head = (__doc__ or "").split("\n\n")
    Path(output).write_text("\n".join([
        "# Learners on laws that are known", "", "Made by `make mixtures`.", "",
        "\n\n".join(head[2:]).strip(), "",
        f"Starts of scikit-learn: {starts}.", "", "| law | rows | learner | what it chose | KL, nats | seconds |", "|---|---:|---|---|---:|---:|",
        *lines, ""]))


if __name__ == "__main__":
    main()
