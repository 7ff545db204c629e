"""Deterministic samplers beside diffusers and k-diffusion: the same exact score, start points and
noise levels; how far apart are the final points?

usage: agreement.py ORNSTEIN TARGET.json OUTPUT.md

The start points and levels are those that `ornstein sample --save-trajectory` wrote; the libraries'
own sampling loops and schedulers then do the rest in double precision where they let one.
"""
import importlib
import importlib.metadata
import importlib.util
import json
import subprocess
import sys
import tempfile
import types
import warnings
from pathlib import Path

import numpy as np
import torch

warnings.filterwarnings("ignore")
torch.set_num_threads(1)
CLAIM = 1e-4
absent = set()


class Mixture:
    """The exact denoiser E[x_0 | x_0 + sigma noise = y] of a mixture of isotropic components."""

    def __init__(self, path):
        spec = json.loads(Path(path).read_text())
        parts = spec["components"]
        weights = np.array([part["weight"] for part in parts])
        covariances = [part.get("covariance", "identity") for part in parts]
        variances = [1.0 if c == "identity" else c["isotropic"] for c in covariances]
        self.log_weights = torch.tensor(np.log(weights / weights.sum()))
        self.means = torch.tensor([part["mean"] for part in parts], dtype=torch.float64)
        self.variances = torch.tensor(variances, dtype=torch.float64)
        self.dimension = self.means.shape[1]

    def denoised(self, y, sigma):
        y = y.double()
        sigma = float(sigma)
        if sigma == 0:
            return y
        total = self.variances + sigma * sigma
        gap = y[:, None, :] - self.means
        logits = (self.log_weights - gap.square().sum(-1) / (2 * total)
                  - self.dimension / 2 * total.log())
        pull = self.means + gap * (self.variances / total)[:, None]
        return (torch.softmax(logits, 1)[..., None] * pull).sum(1)

    def noise(self, y, sigma):
        return (y - self.denoised(y, sigma)) / float(sigma)


def k_sampling():
    """k_diffusion.sampling without the package's training dependencies, images among them."""
    for name in ("torchvision", "torchvision.transforms", "torchvision.transforms.functional",
                 "PIL", "PIL.Image"):
        if name.split(".")[0] not in sys.modules and importlib.util.find_spec(
                name.split(".")[0]) is None or name.split(".")[0] in absent:
            absent.add(name.split(".")[0])
            sys.modules[name] = types.ModuleType(name)
            parent, _, last = name.rpartition(".")
            if parent:
                setattr(sys.modules[parent], last, sys.modules[name])
    package = types.ModuleType("k_diffusion")
    found = importlib.util.find_spec("k_diffusion")
    package.__path__ = list(found.submodule_search_locations)
    sys.modules["k_diffusion"] = package
    return importlib.import_module("k_diffusion.sampling")


def with_k_diffusion(function, **options):
    def run(model, start, sigmas):
        def denoise(y, sigma, **_):
            return model.denoised(y, sigma[0])
        return function(denoise, start, sigmas, disable=True, **options)
    return run


def with_diffusers(make, scaled):
    """A scheduler of diffusers with its noise levels replaced; `scaled` for those that work on
    x = alpha y with alpha^2 + sigma^2 = 1."""
    def run(model, start, sigmas):
        scheduler = make()
        scheduler.set_timesteps(len(sigmas) - 1)
        stages = len(scheduler.timesteps) == 2 * (len(sigmas) - 1) - 1
        own = sigmas
        if stages:
            own = torch.cat([sigmas[:1], sigmas[1:-1].repeat_interleave(2), sigmas[-1:]])
        scheduler.sigmas = own
        scheduler.set_begin_index(0)
        point = start / torch.sqrt(1 + sigmas[0] ** 2) if scaled else start
        for index, time in enumerate(scheduler.timesteps):
            sigma = own[index]
            y = point * torch.sqrt(1 + sigma**2) if scaled else point
            if not scaled:
                scheduler.scale_model_input(point, time)
            point = scheduler.step(model.noise(y, sigma), time, point).prev_sample.double()
        return point
    return run


def peers():
    import diffusers as d
    k = k_sampling()
    still = {"eta": 0.0, "noise_sampler": lambda a, b: 0.0}
    multistep = d.DPMSolverMultistepScheduler
    common = {"lower_order_final": False, "final_sigmas_type": "zero"}

    def dpm(**options):
        return with_diffusers(lambda: multistep(**common, **options), scaled=True)

    def unipc(order, variant):
        return with_diffusers(
            lambda: d.UniPCMultistepScheduler(
                solver_order=order, solver_type=f"bh{variant}", lower_order_final=False,
                final_sigmas_type="sigma_min"),
            scaled=True)

    rows = [
        ("ddim", {}, "k-diffusion", "sample_euler", with_k_diffusion(k.sample_euler)),
        ("ddim", {}, "diffusers", "EulerDiscreteScheduler",
         with_diffusers(d.EulerDiscreteScheduler, scaled=False)),
        ("heun", {}, "k-diffusion", "sample_heun", with_k_diffusion(k.sample_heun)),
        ("heun", {}, "diffusers", "HeunDiscreteScheduler",
         with_diffusers(d.HeunDiscreteScheduler, scaled=False)),
        ("dpm++2m", {}, "k-diffusion", "sample_dpmpp_2m", with_k_diffusion(k.sample_dpmpp_2m)),
        ("dpm++2m", {}, "k-diffusion", "sample_dpmpp_2m_sde, eta 0, midpoint",
         with_k_diffusion(k.sample_dpmpp_2m_sde, **still)),
        ("dpm++2m", {"taylor": 1}, "k-diffusion", "sample_dpmpp_2m_sde, eta 0, heun",
         with_k_diffusion(k.sample_dpmpp_2m_sde, solver_type="heun", **still)),
        ("dpm++2m", {}, "diffusers", "DPMSolverMultistepScheduler, order 2", dpm()),
        ("dpm++2m", {"taylor": 1}, "diffusers",
         "DPMSolverMultistepScheduler, order 2, solver_type heun", dpm(solver_type="heun")),
        ("dpm++3m", {"taylor": 1}, "k-diffusion", "sample_dpmpp_3m_sde, eta 0",
         with_k_diffusion(k.sample_dpmpp_3m_sde, **still)),
        ("dpm++3m", {}, "diffusers", "DPMSolverMultistepScheduler, order 3", dpm(solver_order=3)),
    ]
    rows += [
        ("lms", {"order": order}, "k-diffusion", f"sample_lms, order {order}",
         with_k_diffusion(k.sample_lms, order=order)) for order in (2, 4, 6)
    ]
    rows.append(("lms", {"order": 4}, "diffusers", "LMSDiscreteScheduler",
                 with_diffusers(d.LMSDiscreteScheduler, scaled=False)))
    rows += [
        ("unipc", {"order": order, "bh": variant}, "diffusers",
         f"UniPCMultistepScheduler, order {order}, bh{variant}", unipc(order, variant))
        for order in (1, 2, 3) for variant in (1, 2)
    ]
    return rows


def ours(command, target, sampler, options, steps, clean, folder):
    """Start points in coordinates y = x / alpha, sigma / alpha of the levels, final points."""
    csv, npy = folder / "points.csv", folder / "ways.npy"
    arguments = [
        command, "sample", target, "-n", "1000", "-o", csv, "--save-trajectory", npy,
        "--sampler", sampler, "--steps", str(steps), "--grid", "karras",
        "--initial", "process", "--finish", "none", "--seed", "7", "--quiet",
        "--horizon", "4", "--stop", "1e-3",
    ]
    if clean:
        arguments.append("--clean-end")
    for name, value in options.items():
        arguments += ["--sampler-option", f"{name}={value}"]
    subprocess.run([str(word) for word in arguments], check=True)
    ways = np.load(npy)
    record = json.loads(Path(str(csv) + ".json").read_text())
    levels = record["trajectory"]["levels"]
    ratios = [level["sigma"] / level["alpha"] for level in levels]
    start = torch.tensor(ways[:, 0]).double() / levels[0]["alpha"]
    return start, torch.tensor(ratios, dtype=torch.float64), torch.tensor(ways[:, -1]).double()


def main():
    command, target, output = sys.argv[1:4]
    model = Mixture(target)
    versions = ", ".join(
        f"{name} {importlib.metadata.version(name)}" for name in ("diffusers", "k-diffusion"))
    lines = [
        "# Agreement with other libraries",
        "",
        "The same exact score, start points and noise levels, 1000 points, a Karras grid from"
        " canonical time 4 to 1e-3 and a last step to the clean level (UniPC, which diffusers cannot"
        " take there without lowering its order, stops at 1e-3); the largest distance of a"
        " coordinate of the final points. Made by `make peers` with " + versions
        + f" on the target `{Path(target).stem}`.",
        "",
        f"A row holds if its distance is below {CLAIM:g} at both numbers of steps. Distances of 1e-6"
        " and more come from schedulers that compute in single precision.",
        "",
        "| sampler | options | library | there | 10 steps | 40 steps | holds |",
        "|---|---|---|---|---|---|---|",
    ]
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        for sampler, options, library, name, run in peers():
            gaps = []
            for steps in (10, 40):
                clean = sampler != "unipc"
                start, sigmas, final = ours(command, target, sampler, options, steps, clean,
                                            Path(folder))
                with torch.no_grad():
                    there = run(model, start.clone(), sigmas)
                gaps.append(float((there - final).abs().max()))
            holds = max(gaps) < CLAIM
            failed += not holds
            text = ", ".join(f"{key} {value}" for key, value in options.items()) or "-"
            cells = [f"`{sampler}`", text, library, name] + [f"{gap:.1e}" for gap in gaps]
            lines.append("| " + " | ".join(cells + ["yes" if holds else "NO"]) + " |")
            print(lines[-1], flush=True)
    Path(output).write_text("\n".join(lines) + "\n")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
