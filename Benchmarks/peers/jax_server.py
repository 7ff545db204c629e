"""JAX: the training step, the sampler and normals, compiled by XLA for the CPU."""

import os

os.environ.setdefault("JAX_PLATFORMS", "cpu")

import jax
import jax.numpy as jnp
import optax

import work

FREQUENCIES = jnp.asarray(work.frequencies())


def initial_parameters(dimension, key):
    widths = [dimension + work.FEATURES] + [work.WIDTH] * work.HIDDEN_LAYERS + [dimension]
    return [
        (jax.random.normal(jax.random.fold_in(key, i), (m, n)) / m**0.5, jnp.zeros(n))
        for i, (m, n) in enumerate(zip(widths, widths[1:]))]


@jax.custom_vjp
def rounded_product(h, w):
    """h w of factors rounded to bfloat16, with sums in single precision."""
    return jnp.matmul(
        h.astype(jnp.bfloat16), w.astype(jnp.bfloat16), preferred_element_type=jnp.float32)


def rounded_product_forward(h, w):
    h, w = h.astype(jnp.bfloat16), w.astype(jnp.bfloat16)
    return jnp.matmul(h, w, preferred_element_type=jnp.float32), (h, w)


def rounded_product_backward(kept, gradient):
    h, w = kept
    gradient = gradient.astype(jnp.bfloat16)
    return (
        jnp.matmul(gradient, w.T, preferred_element_type=jnp.float32),
        jnp.matmul(h.T, gradient, preferred_element_type=jnp.float32))


rounded_product.defvjp(rounded_product_forward, rounded_product_backward)


def noise_prediction(parameters, x, alpha, sigma, level_once=False, rounded=False):
    """The residual network; alpha and sigma have one row each, or one for all rows.

    With `level_once`, the share of the level features in the first layer is computed for one row; with
    `rounded`, the hidden layers multiply in bfloat16.
    """
    angles = (jnp.log(alpha) - jnp.log(sigma)) * FREQUENCIES
    features = jnp.concatenate([jnp.sin(angles), jnp.cos(angles)], -1)
    (w, b), *hidden, (w_out, b_out) = parameters
    if level_once:
        dimension = x.shape[1]
        h = jax.nn.silu(x @ w[:dimension] + (features @ w[dimension:] + b))
    else:
        features = jnp.broadcast_to(features, (x.shape[0], work.FEATURES))
        h = jax.nn.silu(jnp.concatenate([x, features], -1) @ w + b)
    for w, b in hidden:
        product = rounded_product(h, w) if rounded else h @ w
        h = h + jax.nn.silu(product + b)
    return h @ w_out + b_out


def training(dimension, compiled_loop, rounded=False):
    key = jax.random.key(0)
    parameters = initial_parameters(dimension, key)
    data = jax.random.normal(key, (work.BATCH, dimension))
    optimizer = optax.chain(
        optax.clip_by_global_norm(work.CLIPPING_NORM),
        optax.adamw(work.LEARNING_RATE, weight_decay=work.WEIGHT_DECAY))

    def loss(parameters, key):
        level_key, noise_key = jax.random.split(key)
        t = work.STOP * (work.HORIZON / work.STOP) ** jax.random.uniform(level_key, (work.BATCH, 1))
        alpha, sigma = jnp.exp(-t), jnp.sqrt(-jnp.expm1(-2 * t))
        noise = jax.random.normal(noise_key, data.shape)
        predicted = noise_prediction(
            parameters, alpha * data + sigma * noise, alpha, sigma, rounded=rounded)
        return jnp.mean((predicted - noise) ** 2)

    def step(state):
        parameters, average, optimizer_state, key = state
        key, step_key = jax.random.split(key)
        _, gradient = jax.value_and_grad(loss)(parameters, step_key)
        update, optimizer_state = optimizer.update(gradient, optimizer_state, parameters)
        parameters = optax.apply_updates(parameters, update)
        average = optax.incremental_update(parameters, average, work.AVERAGE_RATE)
        return parameters, average, optimizer_state, key

    state = [(
        parameters, jax.tree.map(jnp.copy, parameters), optimizer.init(parameters),
        jax.random.fold_in(key, 1))]
    if compiled_loop:
        steps = jax.jit(
            lambda state: jax.lax.fori_loop(0, work.TRAINING_STEPS, lambda _, s: step(s), state),
            donate_argnums=0)

        def run():
            state[0] = jax.block_until_ready(steps(state[0]))
    else:
        one = jax.jit(step, donate_argnums=0)

        def run():
            for _ in range(work.TRAINING_STEPS):
                state[0] = one(state[0])
            jax.block_until_ready(state[0])

    return run, work.TRAINING_STEPS


def sampling(dimension, level_once, rounded=False):
    key = jax.random.key(0)
    parameters = initial_parameters(dimension, key)
    if rounded:
        parameters[1:-1] = [(w.astype(jnp.bfloat16), b) for w, b in parameters[1:-1]]
    start = jax.random.normal(key, (work.POINTS, dimension))
    plan = jnp.asarray(work.sampling_plan())

    @jax.jit
    def draw(parameters, x, key):
        def step(i, x):
            alpha, sigma, position, score, noise = plan[i]
            z = jax.random.normal(jax.random.fold_in(key, i), x.shape)
            predicted = noise_prediction(
                parameters, x, alpha[None, None], sigma[None, None], level_once, rounded)
            return position * x - score / sigma * predicted + noise * z

        return jax.lax.fori_loop(0, work.SAMPLING_STEPS, step, x)

    return lambda: draw(parameters, start, key).block_until_ready(), 1


def mixture_drawing(dimension, components, block, deterministic):
    """Exact scores; a block of points at a time goes through all steps in one compiled loop."""
    tables = work.mixture_tables(dimension, components)
    weighted, constants, precisions = (
        jnp.asarray([table[i] for table in tables]) for i in range(3))
    plan = jnp.asarray(work.multistep_plan() if deterministic else work.sampling_plan())

    @jax.jit
    def draw(key, weighted, constants, precisions):
        def score(i, x):
            p = precisions[i]
            squares = jnp.sum(x * x, axis=1, keepdims=True)
            exponents = x @ weighted[i].T - squares * (p / 2) + constants[i]
            shares = jax.nn.softmax(exponents, axis=1)
            return shares @ weighted[i] - x * (shares @ p)[:, None]

        def one_block(number):
            block_key = jax.random.fold_in(key, number)
            x = jax.random.normal(jax.random.fold_in(block_key, work.SAMPLING_STEPS),
                                  (block, dimension))
            if deterministic:
                def step(i, state):
                    x, history = state
                    history = (score(i, x),) + history[:-1]
                    row = plan[i]
                    for j, stored in enumerate(history):
                        x = (row[0] * x if j == 0 else x) + row[1 + j] * stored
                    return x, history

                start = (x, (jnp.zeros_like(x),) * work.STORED_SCORES)
                return jax.lax.fori_loop(0, work.SAMPLING_STEPS, step, start)[0]

            def step(i, x):
                z = jax.random.normal(jax.random.fold_in(block_key, i), x.shape)
                return plan[i, 2] * x + plan[i, 3] * score(i, x) + plan[i, 4] * z

            return jax.lax.fori_loop(0, work.SAMPLING_STEPS, step, x)

        return jax.lax.map(one_block, jnp.arange(work.MIXTURE_POINTS // block))

    key = jax.random.key(0)
    return lambda: draw(key, weighted, constants, precisions).block_until_ready(), 1


def normals():
    key = jax.random.key(0)
    draw = jax.jit(lambda key: jax.random.normal(key, (work.NORMALS,)))
    return lambda: draw(key).block_until_ready(), 1


def pin_threads():
    """One worker thread of XLA a processor, once the first computation has made them."""
    (jnp.ones((512, 512)) @ jnp.ones((512, 512))).block_until_ready()
    processors = work.processors()
    workers = 0
    for task in sorted(os.listdir("/proc/self/task"), key=int):
        with open(f"/proc/self/task/{task}/comm", encoding="ascii") as name:
            if "XLAEigen" in name.read():
                os.sched_setaffinity(int(task), {processors[workers % len(processors)]})
                workers += 1


pin_threads()
work.serve({
    "train": lambda d: training(d, compiled_loop=False),
    "train-loop": lambda d: training(d, compiled_loop=True),
    "train-bfloat16": lambda d: training(d, compiled_loop=False, rounded=True),
    "sample": lambda d: sampling(d, level_once=True),
    "sample-concatenated": lambda d: sampling(d, level_once=False),
    "sample-bfloat16": lambda d: sampling(d, level_once=True, rounded=True),
    "ddpm": lambda d, k, block: mixture_drawing(d, k, block, deterministic=False),
    "lms": lambda d, k, block: mixture_drawing(d, k, block, deterministic=True),
    "normals": normals,
})
