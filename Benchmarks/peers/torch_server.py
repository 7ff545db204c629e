"""PyTorch: the training step, the sampler and normals, eager and through torch.compile."""

import os

import work

# Read when the thread pool of OpenMP starts: one thread a processor, each bound to its own.
os.environ["GOMP_CPU_AFFINITY"] = " ".join(map(str, work.processors()))

import torch
import torch.nn as nn
import torch.nn.functional as F

torch.set_num_threads(len(work.processors()))


class NoisePrediction(nn.Module):
    """The residual network; alpha and sigma have one row each, or one for all rows.

    With `level_once`, the share of the level features in the first layer is computed for one row; with
    `rounded`, the hidden layers multiply in bfloat16.
    """

    def __init__(self, dimension, level_once=False, rounded=False):
        super().__init__()
        self.level_once = level_once
        self.rounded = rounded
        self.first = nn.Linear(dimension + work.FEATURES, work.WIDTH)
        self.hidden = nn.ModuleList(
            nn.Linear(work.WIDTH, work.WIDTH) for _ in range(work.HIDDEN_LAYERS - 1))
        self.last = nn.Linear(work.WIDTH, dimension)
        self.register_buffer("frequencies", torch.tensor(work.frequencies()))

    def forward(self, x, alpha, sigma):
        angles = (torch.log(alpha) - torch.log(sigma)) * self.frequencies
        features = torch.cat([torch.sin(angles), torch.cos(angles)], -1)
        if self.level_once:
            weight, dimension = self.first.weight, x.shape[1]
            shift = F.linear(features, weight[:, dimension:], self.first.bias)
            h = F.silu(F.linear(x, weight[:, :dimension]) + shift)
        else:
            features = features.expand(x.shape[0], work.FEATURES)
            h = F.silu(self.first(torch.cat([x, features], -1)))
        for layer in self.hidden:
            h = h + F.silu(self.multiply(layer, h))
        return self.last(h)

    def multiply(self, layer, h):
        if not self.rounded:
            return layer(h)
        kind = torch.bfloat16
        return F.linear(h.to(kind), layer.weight.to(kind), layer.bias.to(kind)).float()


def training(dimension, compiled, rounded=False):
    model = NoisePrediction(dimension, rounded=rounded)
    parameters = list(model.parameters())
    average = [p.detach().clone() for p in parameters]
    data = torch.randn(work.BATCH, dimension)
    optimizer = torch.optim.AdamW(
        parameters, lr=work.LEARNING_RATE, weight_decay=work.WEIGHT_DECAY, fused=True)

    def loss():
        t = work.STOP * (work.HORIZON / work.STOP) ** torch.rand(work.BATCH, 1)
        alpha, sigma = torch.exp(-t), torch.sqrt(-torch.expm1(-2 * t))
        noise = torch.randn_like(data)
        return torch.mean((model(alpha * data + sigma * noise, alpha, sigma) - noise) ** 2)

    evaluate = torch.compile(loss) if compiled else loss

    def run():
        for _ in range(work.TRAINING_STEPS):
            optimizer.zero_grad(set_to_none=True)
            evaluate().backward()
            nn.utils.clip_grad_norm_(parameters, work.CLIPPING_NORM, foreach=True)
            optimizer.step()
            with torch.no_grad():
                torch._foreach_lerp_(average, parameters, work.AVERAGE_RATE)

    return run, work.TRAINING_STEPS


def sampling(dimension, compiled, level_once, rounded=False):
    model = NoisePrediction(dimension, level_once, rounded)
    if rounded:
        model.hidden.bfloat16()
    start = torch.randn(work.POINTS, dimension)
    plan = torch.tensor(work.sampling_plan())

    def step(x, coefficients):
        alpha, sigma, position, score, noise = coefficients
        predicted = model(x, alpha[None, None], sigma[None, None])
        return position * x - score / sigma * predicted + noise * torch.randn_like(x)

    advance = torch.compile(step) if compiled else step

    def run():
        with torch.no_grad():
            x = start
            for coefficients in plan:
                x = advance(x, coefficients)

    return run, 1


def mixture_drawing(dimension, components, block, compiled, deterministic):
    """Exact scores; a block of points at a time goes through all steps."""
    tables = [tuple(map(torch.tensor, table))
              for table in work.mixture_tables(dimension, components)]
    plan = torch.tensor(work.multistep_plan() if deterministic else work.sampling_plan())

    def score(x, weighted, constants, precisions):
        squares = torch.sum(x * x, 1, keepdim=True)
        exponents = torch.addmm(constants, x, weighted.T) - squares * (precisions / 2)
        shares = torch.softmax(exponents, 1)
        return shares @ weighted - x * (shares @ precisions)[:, None]

    def noisy(x, row, table):
        return row[2] * x + row[3] * score(x, *table) + row[4] * torch.randn_like(x)

    def multistep(x, history, row, table):
        history = [score(x, *table), *history[:-1]]
        x = row[0] * x
        for j, stored in enumerate(history):
            x = x + row[1 + j] * stored
        return x, history

    advance = multistep if deterministic else noisy
    if compiled:
        advance = torch.compile(advance)

    def run():
        with torch.no_grad():
            for _ in range(work.MIXTURE_POINTS // block):
                x = torch.randn(block, dimension)
                history = [torch.zeros_like(x) for _ in range(work.STORED_SCORES)]
                for row, table in zip(plan, tables):
                    if deterministic:
                        x, history = advance(x, history, row, table)
                    else:
                        x = advance(x, row, table)

    return run, 1


def normals():
    output = torch.empty(work.NORMALS)
    return output.normal_, 1


work.serve({
    "train": lambda d: training(d, compiled=False),
    "train-compiled": lambda d: training(d, compiled=True),
    "train-bfloat16": lambda d: training(d, compiled=False, rounded=True),
    "train-compiled-bfloat16": lambda d: training(d, compiled=True, rounded=True),
    "sample": lambda d: sampling(d, compiled=False, level_once=True),
    "sample-concatenated": lambda d: sampling(d, compiled=False, level_once=False),
    "sample-compiled": lambda d: sampling(d, compiled=True, level_once=True),
    "sample-compiled-concatenated": lambda d: sampling(d, compiled=True, level_once=False),
    "sample-bfloat16": lambda d: sampling(d, compiled=False, level_once=True, rounded=True),
    "sample-compiled-bfloat16": lambda d: sampling(
        d, compiled=True, level_once=True, rounded=True),
    "ddpm": lambda d, k, b: mixture_drawing(d, k, b, compiled=False, deterministic=False),
    "ddpm-compiled": lambda d, k, b: mixture_drawing(d, k, b, compiled=True, deterministic=False),
    "lms": lambda d, k, b: mixture_drawing(d, k, b, compiled=False, deterministic=True),
    "lms-compiled": lambda d, k, b: mixture_drawing(d, k, b, compiled=True, deterministic=True),
    "normals": normals,
})
