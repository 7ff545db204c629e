"""Learners of this library and scikit-learn's Gaussian mixtures on samples of laws that are known.

usage: mixtures.py ORNSTEIN OUTPUT.md TARGET.json... [--rows 10000,100000]

scikit-learn's model is the one of the least BIC over its four types and more and more components, until
three numbers in a row have not lowered it. KL(truth || model) is a mean over 50,000 other points of the
truth, the same for all models, whose log-density both sides know exactly; polynomials and networks have
no closed form and are judged by 1,000 of them, by a lower bound and by the probability flow.
"""
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from sklearn.mixture import GaussianMixture

COMPONENTS = [1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30, 40, 50, 60, 80, 100]
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


def draw(command, target, rows, seed, path):
    run(command, "sample", target, "-n", rows, "--seed", seed, "--steps", 100, "-o", path, "--quiet")
    return path


def densities(command, source, points, folder, method):
    out = folder / "densities.npy"
    run(command, "density", source, points, "--method", method, "-o", out, "--quiet")
    return np.load(out).reshape(len(np.load(points)), -1)[:, 0]


def mean(values):
    return f"{values.mean():.4g} ± {values.std(ddof=1) / len(values) ** 0.5:.1g}"


def best_of_peer(data):
    best, start = None, time.monotonic()
    for kind in ["full", "tied", "diag", "spherical"]:
        lowest, misses = np.inf, 0
        for count in COMPONENTS:
            model = GaussianMixture(count, covariance_type=kind, random_state=0).fit(data)
            value = model.bic(data)
            misses = 0 if value < lowest else misses + 1
            lowest = min(value, lowest)
            if best is None or value < best[0]:
                best = (value, model, f"{count} × {kind}")
            if misses == 3:
                break
    return best[1], best[2], time.monotonic() - start


def rows_of(command, target, rows, folder):
    data = draw(command, target, rows, 1, folder / "data.npy")
    judges = draw(command, target, JUDGES, 2, folder / "judges.npy")
    few = folder / "few.npy"
    points = np.load(judges)
    np.save(few, points[:FEW])
    truth = densities(command, target, judges, folder, "exact")
    table = []
    for name, options in LEARNERS.items():
        model = folder / "model.safetensors"
        start = time.monotonic()
        told = json.loads(run(command, "fit", data, *options, "-o", model, "--json").stdout)
        seconds = time.monotonic() - start
        what = next(iter(told.get("remarks") or [""]))
        if name in ("mixture", "kernel"):
            gap = truth - densities(command, model, judges, folder, "exact")
        else:
            method = "elbo" if name == "polynomial" else "flow"
            gap = truth[:FEW] - densities(command, model, few, folder, method)
        table.append((name, what, gap, seconds))
    peer, what, seconds = best_of_peer(np.load(data))
    table.append(("scikit-learn", what, truth - peer.score_samples(points), seconds))
    ours = min(table[:-1], key=lambda row: row[2].mean())
    lines = []
    for name, what, gap, seconds in table:
        mark = ", best of ours" if name == ours[0] else ""
        lines.append(
            f"| `{target.stem}` | {rows} | {name}{mark} | {what} | {mean(gap)} | {seconds:.1f} |")
    if ours[0] in ("mixture", "kernel"):
        lines.append(
            f"| `{target.stem}` | {rows} | best of ours - scikit-learn | | "
            f"{mean(ours[2] - table[-1][2])} | |")
    print(*lines, sep="\n", flush=True)
    return lines


def main():
    command, output, *targets = sys.argv[1:]
    sizes = [10_000, 100_000]
    if "--rows" in targets:
        place = targets.index("--rows")
        sizes = [int(n) for n in targets[place + 1].split(",")]
        del targets[place : place + 2]
    lines = []
    with tempfile.TemporaryDirectory() as name:
        for target in targets:
            for rows in sizes:
                lines += rows_of(command, Path(target), rows, Path(name))
    head = (__doc__ or "").split("\n\n")
    Path(output).write_text("\n".join([
        "# Learners on laws that are known", "", "Made by `make mixtures`.", "", head[2].strip(), "",
        "| law | rows | learner | what it chose | KL, nats | seconds |", "|---|---:|---|---|---:|---:|",
        *lines, ""]))


if __name__ == "__main__":
    main()
