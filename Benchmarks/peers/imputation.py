"""Missing cells filled by this library and by scikit-learn, in tables whose cells are known.

usage: imputation.py ORNSTEIN OUTPUT.md EXAMPLES-FOLDER [--seeds 4] [--rows 600]

A fifth of the cells of numbers is hidden at random, in every seed others. This library learns a mixture
from the table with its gaps (`fit --learner mixture`) and fills it (`impute`, and `impute --mean`);
scikit-learn's imputers see the same gaps, columns divided by their deviations: SimpleImputer(mean),
KNNImputer, IterativeImputer with BayesianRidge, with its predictions and with draws (sample_posterior).

- RMSE: of the hidden cells, in deviations of their columns. What is least in the mean is the conditional
  mean, so draws are about sqrt(2) above it at best.
- Energy: the energy distance of the rows that had gaps, filled, from the same rows as they were, columns
  in deviations, in thousandths. Draws from the right law keep the shape of the table; means pull it
  together.
- Correlations: the root mean square error of the correlations of the filled table.

Numbers are means over seeds ± the standard error over seeds; seconds are those of fitting and filling.
"""
import csv
import json
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path

import numpy as np
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris
from sklearn.experimental import enable_iterative_imputer  # noqa: F401
from sklearn.impute import IterativeImputer, KNNImputer, SimpleImputer

HIDDEN = 0.2
DRAWN = ["ornstein, draws", "IterativeImputer, draws"]


def run(command, *arguments):
    done = subprocess.run([command, *map(str, arguments)], capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(map(str, arguments))}: {done.stderr}")
    return done.stdout


def read(path):
    lines = list(csv.reader(path.open()))
    return lines[0], lines[1:]


def of_law(path, rows, seed):
    """Rows of a mixture of normal laws, from its JSON."""
    parts = json.loads(path.read_text())["components"]
    generator = np.random.default_rng(seed)
    weights = np.array([part["weight"] for part in parts])
    which = generator.choice(len(parts), rows, p=weights / weights.sum())
    noise = generator.standard_normal((rows, len(parts[0]["mean"])))
    roots = [np.linalg.cholesky(part["covariance"]["full"]) for part in parts]
    return np.array([parts[k]["mean"] + roots[k] @ z for k, z in zip(which, noise)])


def tables(examples, rows):
    """Tables by name: the names of the columns and, cell by cell, what is printed."""
    names, cells = read(examples / "OldFaithful" / "old_faithful.csv")
    yield "Old Faithful", names, cells
    names, cells = read(examples / "WineQuality" / "wine_quality.csv")
    order = np.random.default_rng(0).permutation(len(cells))
    colour = names.index("colour")
    for word in ["red", "white"]:
        some = [cells[row] for row in order if cells[row][colour] == word][:rows]
        yield f"wine, {word}", names[:-1], [line[:-1] for line in some]
    for name, data in [("iris", load_iris()), ("diabetes", load_diabetes(scaled=False)),
                       ("breast cancer, means", load_breast_cancer())]:
        numbers = data.data[:, :10]
        yield (name, [f"x{j}" for j in range(numbers.shape[1])],
               [[repr(float(value)) for value in line] for line in numbers])
    law = of_law(examples / "Targets" / "anisotropic_d4.json", rows, 7)
    yield "`anisotropic_d4`", [f"x{j}" for j in range(4)], [list(map(repr, map(float, line)))
                                                         for line in law]


def distances(a, b):
    squares = (a**2).sum(1)[:, None] + (b**2).sum(1) - 2 * a @ b.T
    return np.sqrt(np.maximum(squares, 0))


def energy(a, b):
    return 2 * distances(a, b).mean() - distances(a, a).mean() - distances(b, b).mean()


def of_ornstein(command, names, cells, hidden, seed, folder):
    gaps, model, filled = (folder / name for name in ["gaps.csv", "model.safetensors", "full.csv"])
    with gaps.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(names)
        for line, mask in zip(cells, hidden):
            writer.writerow(["" if is_hidden else cell for cell, is_hidden in zip(line, mask)])
    start = time.monotonic()
    told = json.loads(run(command, "fit", gaps, "--learner", "mixture", "-o", model, "--seed", seed, "--json"))
    fitted = time.monotonic() - start
    result = {}
    for name, options in [("ornstein, mean", ["--mean"]), ("ornstein, draws", ["--seed", seed])]:
        start = time.monotonic()
        run(command, "impute", model, gaps, "-o", filled, "--quiet", *options)
        seconds = fitted + time.monotonic() - start
        result[name] = (np.array(read(filled)[1], dtype=float), seconds)
    return result, told["remarks"][0].split(", the best")[0]


def of_peers(numbers, hidden, seed):
    gaps = np.where(hidden, np.nan, numbers)
    centre, scale = np.nanmean(gaps, 0), np.nanstd(gaps, 0)
    imputers = {
        "SimpleImputer": SimpleImputer(),
        "KNNImputer": KNNImputer(),
        "IterativeImputer, mean": IterativeImputer(max_iter=30, random_state=seed),
        "IterativeImputer, draws": IterativeImputer(
            max_iter=30, sample_posterior=True, random_state=seed),
    }
    result = {}
    for name, imputer in imputers.items():
        start = time.monotonic()
        filled = imputer.fit_transform((gaps - centre) / scale) * scale + centre
        result[name] = (filled, time.monotonic() - start)
    return result


def judged(filled, truth, hidden):
    centre, scale = truth.mean(0), truth.std(0)
    a, b = (filled - centre) / scale, (truth - centre) / scale
    rows = hidden.any(1)
    upper = np.triu_indices(truth.shape[1], 1)
    gap = np.corrcoef(a.T)[upper] - np.corrcoef(b.T)[upper]
    return [np.sqrt(((a - b)[hidden] ** 2).mean()), 1000 * energy(a[rows], b[rows]),
            np.sqrt((gap**2).mean())]


def mean(values):
    values = np.array(values)
    return f"{values.mean():.3f} ± {values.std(ddof=1) / len(values) ** 0.5:.3f}"


def rows_of(command, name, names, cells, seeds, folder):
    truth = np.array(cells, dtype=float)
    scores, chosen = {}, []
    for seed in range(1, seeds + 1):
        hidden = np.random.default_rng(seed).random(truth.shape) < HIDDEN
        found, what = of_ornstein(command, names, cells, hidden, seed, folder)
        chosen.append(what)
        found |= of_peers(truth, hidden, seed)
        for method, (filled, seconds) in found.items():
            assert np.array_equal(filled[~hidden].round(9), truth[~hidden].round(9)) or method[0] != "o"
            scores.setdefault(method, []).append([*judged(filled, truth, hidden), seconds])
    scores = {method: np.array(values) for method, values in scores.items()}
    best = min((m for m in scores if m not in DRAWN), key=lambda m: scores[m][:, 0].mean())
    nearest = min(scores, key=lambda m: scores[m][:, 1].mean())
    lines = []
    for method, values in scores.items():
        cells = [mean(values[:, column]) for column in range(3)]
        if method == best:
            cells[0] = f"**{cells[0]}**"
        if method == nearest:
            cells[1] = f"**{cells[1]}**"
        lines.append(f"| {name} | {method} | {' | '.join(cells)} | {values[:, 3].mean():.2f} |")
    for ours, theirs, column, what in [
            ("ornstein, mean", "IterativeImputer, mean", 0, "RMSE"),
            ("ornstein, mean", "KNNImputer", 0, "RMSE"),
            ("ornstein, draws", "IterativeImputer, draws", 1, "energy")]:
        gap = scores[ours][:, column] - scores[theirs][:, column]
        lines.append(f"| {name} | {ours} less {theirs}: {what} {mean(gap)} | | | | |")
    print(*lines, f"chose: {chosen}", sep="\n", flush=True)
    return lines, f"- {name}, {len(cells) and truth.shape[0]} rows of {truth.shape[1]}: {chosen[0]}"


def main():
    command, output, examples, *rest = sys.argv[1:]
    options = {"--seeds": "4", "--rows": "600"} | dict(zip(rest[::2], rest[1::2]))
    warnings.filterwarnings("ignore")
    lines, chosen = [], []
    with tempfile.TemporaryDirectory() as name:
        for table in tables(Path(examples), int(options["--rows"])):
            found, what = rows_of(command, *table, int(options["--seeds"]), Path(name))
            lines += found
            chosen.append(what)
    head = (__doc__ or "").split("\n\n")
    path = Path(output)
    old = path.read_text() if path.exists() else ""
    mark = "## What the numbers say"
    said = old[old.index(mark):] if mark in old else ""
    path.write_text("\n".join([
        "# Missing cells beside scikit-learn", "", "Made by `make imputation`.", "",
        head[2].strip(), "", head[3].strip(), "", head[4].strip(), "",
        f"{options['--seeds']} seeds. What the first seed chose:", "", *chosen, "",
        "| table | method | RMSE | energy | correlations | seconds |", "|---|---|---:|---:|---:|---:|",
        *lines, "", said]).rstrip() + "\n")


if __name__ == "__main__":
    main()
