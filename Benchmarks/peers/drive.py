#!/usr/bin/env python3
"""Measures Ornstein, PyTorch, JAX and scikit-learn on the same work, in turn, and writes a table.

One process an engine stays alive throughout. In every round each engine does each unit of work once
its turn comes, so that a change of the machine's speed meets all of them alike.
"""

import argparse
import datetime
import math
import os
import platform
import statistics
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent

# What the repetitions of one request may take together.
SECONDS = 1.0

# Title, then (label, engine, case, whose operations it does); the first variant is ours.
TASKS = [
    (f"Training step, d = {d}", [
        ("Ornstein", "ornstein", f"train {d}", f"train {d}"),
        ("JAX jit", "jax", f"train {d}", f"train {d}"),
        ("JAX jit, 20 steps in one call", "jax", f"train-loop {d}", f"train {d}"),
        ("PyTorch eager", "torch", f"train {d}", f"train {d}"),
        ("PyTorch compiled", "torch", f"train-compiled {d}", f"train {d}"),
    ]) for d in (2, 32)
] + [
    (f"Training step, bfloat16, d = {d}", [
        ("Ornstein", "ornstein", f"train-bfloat16 {d}", f"train {d}"),
        ("Ornstein, single precision", "ornstein", f"train {d}", f"train {d}"),
        ("JAX jit", "jax", f"train-bfloat16 {d}", f"train {d}"),
        ("JAX jit, single precision", "jax", f"train {d}", f"train {d}"),
        ("PyTorch eager", "torch", f"train-bfloat16 {d}", f"train {d}"),
        ("PyTorch compiled", "torch", f"train-compiled-bfloat16 {d}", f"train {d}"),
        ("PyTorch eager, single precision", "torch", f"train {d}", f"train {d}"),
    ]) for d in (2, 32)
] + [
    (f"Drawing 4096 points in 100 steps, d = {d}", [
        ("Ornstein", "ornstein", f"sample {d}", f"sample {d}"),
        ("JAX jit", "jax", f"sample {d}", f"sample {d}"),
        ("JAX jit, concatenated", "jax", f"sample-concatenated {d}", f"sample-concatenated {d}"),
        ("PyTorch eager", "torch", f"sample {d}", f"sample {d}"),
        ("PyTorch compiled", "torch", f"sample-compiled {d}", f"sample {d}"),
        ("PyTorch compiled, concatenated", "torch", f"sample-compiled-concatenated {d}",
         f"sample-concatenated {d}"),
    ]) for d in (2, 32)
] + [
    (f"Drawing 4096 points in 100 steps, bfloat16, d = {d}", [
        ("Ornstein", "ornstein", f"sample-bfloat16 {d}", f"sample {d}"),
        ("Ornstein, single precision", "ornstein", f"sample {d}", f"sample {d}"),
        ("JAX jit", "jax", f"sample-bfloat16 {d}", f"sample {d}"),
        ("JAX jit, single precision", "jax", f"sample {d}", f"sample {d}"),
        ("PyTorch eager", "torch", f"sample-bfloat16 {d}", f"sample {d}"),
        ("PyTorch compiled", "torch", f"sample-compiled-bfloat16 {d}", f"sample {d}"),
    ]) for d in (2, 32)
] + [
    ("4,194,304 standard normals", [
        ("Ornstein", "ornstein", "normals", None),
        ("JAX jit", "jax", "normals", None),
        ("PyTorch", "torch", "normals", None),
    ]),
] + [
    (f"Exact mixture, {kind}, d = {d}, K = {k}", [
        ("Ornstein", "ornstein", f"{case} {d} {k}", f"mixture {d} {k}"),
        ("JAX jit, blocks of 4096", "jax", f"{case} {d} {k} 4096", f"mixture {d} {k}"),
        ("JAX jit, blocks of 16384", "jax", f"{case} {d} {k} 16384", f"mixture {d} {k}"),
        ("PyTorch eager, blocks of 8192", "torch", f"{case} {d} {k} 8192", f"mixture {d} {k}"),
        ("PyTorch compiled, blocks of 8192", "torch", f"{case}-compiled {d} {k} 8192",
         f"mixture {d} {k}"),
    ])
    for kind, case in (("ddpm", "ddpm"), ("multistep", "lms"))
    for d in (2, 16, 64) for k in (10, 100)
] + [
    ("EM iteration, 1,000,000 rows, d = 16, K = 32, full covariances, double precision", [
        ("Ornstein", "ornstein", "em 16 32", "em 16 32"),
        ("scikit-learn", "sklearn", "em 16 32", "em 16 32"),
    ]),
]


def processors(threads):
    """One processor of each core that this process may use, at most `threads` of them."""
    chosen, seen = [], set()
    for processor in sorted(os.sched_getaffinity(0)):
        siblings = Path(
            f"/sys/devices/system/cpu/cpu{processor}/topology/thread_siblings_list")
        core = siblings.read_text() if siblings.exists() else str(processor)
        if core not in seen:
            seen.add(core)
            chosen.append(processor)
    return chosen[:threads] if threads else chosen


class Engine:
    """A process that answers `case;repetitions` with milliseconds."""

    def __init__(self, name, command, allowed, log):
        self.name = name
        self.log = log
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=open(log, "w"),
            text=True, preexec_fn=lambda: os.sched_setaffinity(0, allowed))
        if self.read() != "ready":
            sys.exit(f"The engine {name} did not start; its messages are in {log}.")

    def read(self):
        line = self.process.stdout.readline()
        if not line:
            sys.exit(f"The engine {self.name} ended; its messages are in {self.log}.")
        return line.strip()

    def ask(self, case, argument):
        self.process.stdin.write(f"{case};{argument}\n")
        self.process.stdin.flush()
        return self.read()

    def milliseconds(self, case, repetitions):
        answer = self.ask(case, repetitions)
        value = float(answer.split()[0])
        if math.isnan(value):
            sys.exit(f"The engine {self.name} failed at '{case}': {answer}")
        return value

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def measure(engines, tasks, rounds, repetitions, threads):
    """All times in milliseconds by (title, label), and the peak in Gflop/s of each round."""
    times, peaks = {}, {1: [], threads: []}
    for title, variants in tasks:
        counts = {}
        for round_number in range(rounds + 1):
            for label, engine, case, _ in variants:
                value = engines[engine].milliseconds(case, counts.get(label, 1))
                if round_number > 0:
                    times.setdefault((title, label), []).append(value)
                else:  # compiled now; how long does one take?
                    start = time.monotonic()
                    engines[engine].milliseconds(case, 1)
                    took = (time.monotonic() - start) / 2  # it runs once more to warm up
                    counts[label] = max(1, min(repetitions, round(SECONDS / took)))
                time.sleep(0.05)
            if round_number > 0:
                for count, values in peaks.items():
                    flops = float(engines["ornstein"].ask("about", f"flops peak {count}"))
                    took = engines["ornstein"].milliseconds(f"peak {count}", 3)
                    values.append(flops / took / 1e6)
        own = statistics.median(times[title, variants[0][0]])
        print(title, file=sys.stderr)
        for label, *_ in variants:
            value = statistics.median(times[title, label])
            print(f"  {label:32s} {value:9.3f} ms  x{value / own:.2f}", file=sys.stderr)
    return times, peaks


def spread(values, digits):
    return f"{min(values):.{digits}f} to {max(values):.{digits}f}"


def rows(engines, tasks, times, peak):
    for title, variants in tasks:
        yield f"\n## {title}\n"
        head = ["engine", "median, ms", "spread, ms", "time / ours"]
        counted = variants[0][3] is not None
        head += ["Gflop", "Gflop/s", "of peak"] if counted else []
        yield "| " + " | ".join(head) + " |"
        yield "|---|" + "---:|" * (len(head) - 1)
        own = statistics.median(times[title, variants[0][0]])
        for label, _, _, operations in variants:
            values = times[title, label]
            median = statistics.median(values)
            digits = 3 if median < 10 else 1
            cells = [label, f"{median:.{digits}f}", spread(values, digits), f"{median / own:.2f}"]
            if operations:
                flops = float(engines["ornstein"].ask("about", f"flops {operations}"))
                speed = flops / median / 1e6
                cells += [f"{flops / 1e9:.3f}", f"{speed:.0f}", f"{100 * speed / peak:.0f} %"]
            yield "| " + " | ".join(cells) + " |"


def processor_name():
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def processor_family():
    fields = {}
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if ":" in line:
            key, value = line.split(":", 1)
            fields.setdefault(key.strip(), value.strip())
    if "cpu family" not in fields:
        return ""
    return f" (family {fields['cpu family']}, model {fields['model']})"


def versions(python):
    report = subprocess.run(
        [python, "-c",
         "import importlib.metadata as m; "
         "print(', '.join(f'{n} {m.version(n)}' for n in "
         "('torch', 'jax', 'jaxlib', 'optax', 'scikit-learn')))"],
        check=True, capture_output=True, text=True).stdout.strip()
    swift = subprocess.run(
        ["swift", "--version"], check=True, capture_output=True, text=True).stdout.split("\n")[0]
    return f"{swift}; Python {platform.python_version()}, {report}"


def document(engines, options, times, peaks, allowed, load, tasks):
    peak = statistics.median(peaks[len(allowed)])
    about = engines["ornstein"].ask
    threads = len(allowed)
    yield f"""# Benchmarks

Written by `make bench`: the same work in Ornstein and other programs, single precision unless said,
{threads} threads.

- Date: {datetime.datetime.now(datetime.timezone.utc):%Y-%m-%d}.
- Processor: {processor_name()}{processor_family()}, {threads} cores used; Ornstein's kernels ran
  on {about('about', 'isa')}.
- System: {platform.system()} {platform.release()}; load average at the start {load:.2f}.
- Versions: {versions(options.python)}.

One process an engine stays alive, and the engines are asked in turn within one run:
{options.rounds} rounds, each of at most {options.repetitions} repetitions within a second or one.
A round counts by the median of its repetitions; the tables show the median and the range of the
rounds. A first round, not counted, warms up and compiles. Every process is confined to the same
cores, one processor of each; the threads of OpenMP (PyTorch), the workers of XLA (JAX) and those of
Ornstein's pool (training and normals) are bound to one each. The threads that draw in Ornstein are
not bound.

The network maps the d coordinates and 32 features of the noise level through three hidden layers of
256 units, h ← h + silu(W h + b) after the first, to d outputs. A training step (its time is an
average over 20) draws levels and noise for a batch of 1024, evaluates the denoising score matching
loss and its gradient, clips the gradient by its norm, and updates the weights (AdamW) and their
average. A drawing takes 4096 points through 100 affine steps, each with one evaluation of the
network and fresh noise. All points of a step share their noise level, so its share of the first
layer is computed once a step; the lines marked "concatenated" give every point a copy of the level
features instead, as programs often do. "bfloat16" means that the layers between hidden units multiply
numbers of 8 significant bits, with sums in single precision (`fit --precision bfloat16`, `sample
--precision bfloat16`), in training forward and backward, with weights, gradients and the optimizer in
single precision; "of peak" is against multiply-adds in single precision there too.

"Exact mixture" takes 32,768 points from a mixture of K isotropic Gaussians through 100 levels, with
one evaluation of its exact score a step: "ddpm" adds fresh noise, "multistep" is deterministic and
combines the last four scores (linear multistep in sigma / alpha of order 4). The other programs
make exponents and scores by one matrix product each, the least work, and take the points in blocks
that stay in cache; Ornstein sums squares of differences, which keeps the digits of points far from
the origin. The operations counted are those of the two products.

The PyTorch and JAX programs are in
[Benchmarks/peers](../Benchmarks/peers).

## The limit of the machine

Multiply-adds on registers, single precision, {about('about', 'peak-isa')}, measured in turn with
the rest. A multiply-add counts as two operations. "Of peak" is against the median of {threads}
threads. The operations counted ("Gflop") are those of the matrix products alone.

| threads | median, Gflop/s | spread |
|---:|---:|---:|"""
    for count in sorted(peaks):
        values = peaks[count]
        yield f"| {count} | {statistics.median(values):.0f} | {spread(values, 0)} |"
    yield from rows(engines, tasks, times, peak)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ornstein", required=True, help="the built ornstein-bench")
    parser.add_argument("--python", required=True, help="a Python with the rivals installed")
    parser.add_argument("--output", type=Path, help="the Markdown file to write")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--repetitions", type=int, default=5)
    parser.add_argument("--threads", type=int, default=0, help="at most; 0 takes all cores")
    parser.add_argument("--only", default="", help="tasks whose title holds this text")
    parser.add_argument("--without", help="leave out the variants whose label holds this text")
    return parser.parse_args()


def main():
    options = arguments()
    allowed = processors(options.threads)
    tasks = [
        (title, [v for v in variants if not options.without or options.without not in v[0]])
        for title, variants in TASKS if options.only.lower() in title.lower()]
    if not tasks:
        raise SystemExit(f"no task holds the text \"{options.only}\"")
    load = os.getloadavg()[0]
    if load > 0.3:
        print(f"The machine is not idle (load average {load:.2f}): times will be off.",
              file=sys.stderr)
    logs = HERE.parent / ".build"
    logs.mkdir(exist_ok=True)
    commands = {
        "ornstein": [options.ornstein, str(len(allowed))],
        "jax": [options.python, str(HERE / "jax_server.py")],
        "torch": [options.python, str(HERE / "torch_server.py")],
        "sklearn": [options.python, str(HERE / "sklearn_server.py")],
    }
    engines = {
        name: Engine(name, command, allowed, logs / f"{name}.log")
        for name, command in commands.items()}
    times, peaks = measure(engines, tasks, options.rounds, options.repetitions, len(allowed))
    text = "\n".join(document(engines, options, times, peaks, allowed, load, tasks)) + "\n"
    for engine in engines.values():
        engine.close()
    print(text)
    if options.output:
        options.output.write_text(text, encoding="utf-8")


main()
