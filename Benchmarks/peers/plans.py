"""Whether plans keep their promises: wanted, predicted and measured errors on ten exact laws.

usage: plans.py ORNSTEIN OUTPUT.md [OPTIMAL_GRIDS_TABLE.md]

1. `plan --error E`, `sample --plan`, `evaluate --against`: the total variation that is measured on the
   samples, for E = 0.3, 0.1, 0.03, 0.01.
2. The error of the steps that `plan --metric w2` predicts from its pilot, and that of other rows against
   the exact flow (Runge-Kutta of order 4 here, not the reference that the pilot uses).
"""
import json
import math
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from accuracy import TARGETS, Mixture, table

ERRORS = [0.3, 0.1, 0.03, 0.01]
SAMPLERS = ["ode", "ddim", "dpm++2m", "dpm++3m", "unipc", "heun"]
EVALUATIONS = [10, 20, 50, 100]

GRIDS = """\
The divergence of the paths, start included, of samplers that freeze something, in closed form or from
measured statistics. Named grids run from the horizon 5 to the stop 0.0001; "best" is the best of all
named grids in each cell, chosen after the fact. "Steps for the same KL" is what the optimal grid of the
same ends needs. It is the exact minimum over grids made of 513 or more times, so where the ratio is
near 1 no grid of these ends is much better than the named one. "With its own horizon" is the grid that
the planner takes: the horizon is chosen with the steps, and the start is the normal law with the
moments of the noised data.""".split("\n")


def normal(weight, mean, variance):
    return {"weight": weight, "mean": mean, "covariance": {"isotropic": variance}}


def axis(index, dimension):
    return [1.0 if i == index else 0.0 for i in range(dimension)]


OTHERS = {
    "modes3": {"dimension": 1, "components": [
        normal(0.3, [-2], 0.25), normal(0.5, [0.5], 0.5), normal(0.2, [3], 1)]},
    "modes2": {"dimension": 1, "components": [normal(0.5, [-2], 0.1), normal(0.5, [2], 0.1)]},
    "cube4": {"dimension": 4, "kind": "cube", "halfWidth": 1.5},
    "vertices8": {"dimension": 8, "kind": "cube-vertices", "halfWidth": 1},
    "sphere8": {"dimension": 8, "kind": "sphere", "radius": 2.5},
    "circle16": {"dimension": 16, "kind": "manifold", "axes": [axis(0, 16), axis(1, 16)],
                 "base": {"kind": "sphere", "dimension": 2, "radius": 1.5}},
}


def run(command, *arguments, check=True):
    done = subprocess.run([command, *map(str, arguments)], capture_output=True, text=True)
    if check and done.returncode != 0:
        raise SystemExit(f"{' '.join(map(str, arguments))}: {done.stderr}")
    return done


def promises(command, targets, folder):
    rows, met, cells = [], 0, 0
    for name, path in targets.items():
        count = 100_000
        for error in ERRORS:
            plan, samples = folder / "plan.json", folder / "drawn.npy"
            start = time.monotonic()
            done = run(command, "plan", path, "--error", error, "-o", plan, check=False)
            seconds = time.monotonic() - start
            if done.returncode != 0:
                rows.append([f"`{name}`", f"{error}", "no plan", "", "", "", "", ""])
                print(name, error, done.stderr, flush=True)
                continue
            answer = json.loads(plan.read_text())
            budget = answer["budget"]
            run(command, "sample", path, "-n", count, "--plan", plan, "-o", samples, "--quiet")
            stop = ["--at-stop"] if budget["reference"] != "data" else []
            measured = json.loads(
                run(command, "evaluate", samples, "--against", path, "--json", *stop).stdout)
            distance = measured["total_variation"]
            whole = budget.get("whole") or budget["discretization"]
            best = [distance["value"]] + [
                part["debiased"] for part in measured["partitions"] if "debiased" in part]
            value = max(best)
            cells += 1
            met += value <= error
            rows.append([
                f"`{name}`" + (" at the stop" if stop else ""), f"{error}",
                f"{answer['plan']['predictor']['name']}, {answer['evaluations']}",
                f"{whole['value']:.2g}", f"{distance['value']:.2g} ± {distance['standard_error']:.2g}",
                f"{value:.2g}", f"{error - value:.2g}" + ("" if value <= error else " MISS"),
                f"{seconds:.1f}"])
            print(*rows[-1], flush=True)
    return rows, met, cells


def image(mixture, y, start, stop, steps=800):
    """Runge-Kutta of order 4 in log sigma."""
    width, log = math.log(stop / start) / steps, math.log(start)
    slope = lambda point, at: math.exp(at) * mixture.noise(point, math.exp(at))
    for _ in range(steps):
        a = slope(y, log)
        b = slope(y + width / 2 * a, log + width / 2)
        c = slope(y + width / 2 * b, log + width / 2)
        d = slope(y + width * c, log + width)
        y, log = y + width / 6 * (a + 2 * b + 2 * c + d), log + width
    return y


def steps_table(command, targets, folder, count=4000):
    rows, good, cells = [], 0, 0
    for name in ["tri1", "ring8", "mix16", "modes3", "modes2"]:
        mixture, images = Mixture(targets[name]), {}
        for sampler in SAMPLERS:
            row = [f"`{name}`", f"`{sampler}`"]
            for evaluations in EVALUATIONS:
                steps = evaluations // 2 if sampler == "heun" else evaluations
                answer = json.loads(run(
                    command, "plan", targets[name], "--steps", steps, "--sampler", sampler,
                    "--metric", "w2", "--json").stdout)
                predicted = answer["budget"]["discretization"]["value"]
                samples, ways = folder / "drawn.npy", folder / "ways.npy"
                run(command, "sample", targets[name], "-n", count, "--first-row", 100_000,
                    "--sampler", sampler, "--steps", steps, "-o", samples,
                    "--save-trajectory", ways, "--quiet")
                record = json.loads(Path(str(samples) + ".json").read_text())
                levels = record["trajectory"]["levels"]
                start, path = levels[0], np.load(ways)
                drawn = np.load(samples).reshape(count, -1)
                y = path[:, 0] / start["alpha"]
                noise = start["sigma"] / start["alpha"]
                key = (noise, sampler == "ode")
                if key not in images:
                    if sampler == "ode":
                        images[key] = mixture.flow(y, noise, steps=800)
                    else:
                        end = answer["plan"]["grid"].get("stop", 1e-4)
                        images[key] = image(mixture, y, noise, math.sqrt(math.expm1(2 * end)))
                true = math.sqrt(((drawn - images[key]) ** 2).sum(1).mean())
                ratio = predicted / true
                cells += 1
                good += 0.5 <= ratio <= 2
                row.append(f"{predicted:.2g} / {true:.2g} = {ratio:.2f}")
            rows.append(row)
            print(*row, flush=True)
    return rows, good, cells


def main():
    command, output = sys.argv[1:3]
    grids = Path(sys.argv[3]).read_text().strip() if len(sys.argv) > 3 else ""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        targets = {n: TARGETS / f"{n}.json" for n in ["tri1", "ring8", "mix16", "gauss64"]}
        for n, spec in OTHERS.items():
            targets[n] = folder / f"{n}.json"
            targets[n].write_text(json.dumps({"name": n, **spec}))
        kept, met, cells = promises(command, targets, folder)
        steps, good, all_steps = steps_table(command, targets, folder)
    lines = [
        "# Plans and what they promise",
        "",
        "Made by `make plans`, misses included.",
        "",
        f"## Wanted and measured total variation: {met} of {cells} cells met",
        "",
        "`plan --error E` finds the cheapest plan, `sample --plan` draws 100,000 rows,",
        "`evaluate --against` measures. Predicted is the whole error in the plan's budget,",
        "of which three standard errors more must fit under E. The witness is a lower bound on the truth up",
        "to its standard error; the largest takes the cells, log-densities and components without what",
        "chance adds. Slack is E less the largest. Laws without a density are compared at the stop.",
        "Seconds are those of the whole command `plan`.",
        "",
        *table(["law", "E", "plan, evaluations", "predicted", "witness", "largest", "slack", "seconds"],
               kept),
        "",
        f"## Predicted and true error of the steps: {good} of {all_steps} within a factor 2",
        "",
        "Root mean square distance from the exact flow of the same starts: predicted by the pilot of",
        "`plan --metric w2` / measured on 4,000 other rows against Runge-Kutta = ratio, at 10, 20, 50 and",
        "100 evaluations. Measured values below about 1e-9 are those of the Runge-Kutta reference.",
        "",
        *table(["law", "sampler"] + [f"{n}" for n in EVALUATIONS], steps),
    ]
    if grids:
        lines += ["", "## Optimal grids against named ones", "", *GRIDS, "", grids]
    Path(output).write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
