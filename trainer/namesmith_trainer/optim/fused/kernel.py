"""The kernel: a block of steps of the notebook's network in one launch, a team of programs a run.

All weights stay in registers from the first step of a block to the last. A run's hidden units are
divided among the programs of its team, each on a multiprocessor of its own; D of them are a
program's. A step is small products in float32, and sums over the minibatch:

    place  [B, J]   row of C in column j of the inputs: the symbol at level j // E of the context
    X      [B, J]   inputs, X[b, j] = wide[place[b, j], j]
    pre    [D, B]   W1' X'                            u, y: normalised; gain u + bias
    h      [D, B]   tanh
    logits [B, V]   h' W2, summed over the team
    d      [B, V]   softmax - one-hot
    g      [D, B]   from W2 d', back through tanh and BatchNorm
    dX     [B, J]   g' W1', summed over the team

Hidden units are rows, so that BatchNorm's sums over the minibatch run along rows, in one program.
The two sums over the team go through global memory: a program stores its part, meets the others,
and adds all parts in the order of the programs. The softmax and the updates of C and b2 are
computed by every program, alike. A part is overwritten after the other meeting of the step, when
every program has read it.

``wide`` [V, J] holds the embedding once for each level, side by side: a gather reads it, and the
sum of its gradients over the levels is a product with the matrix that is 1 where two columns hold
the same number. No sum has an order that depends on the moment, so that a run gives the same
weights bit for bit, alone or beside others.
"""

# mypy: ignore-errors
# ruff: noqa: C901, PLR0912, PLR0913, PLR0915, PLR0917 - a kernel is one function with its operands
# ruff: noqa: ANN001, ANN201, ANN202 - Triton reads annotations as types of its own

import triton
import triton.language as tl


@triton.jit
def _arrive(arrived):
    """Tell the team that this program stored its part, and read all that others may overwrite."""
    tl.debug_barrier()  # all threads did, before one of them tells
    tl.atomic_add(arrived, 1, sem="release", scope="gpu")


@triton.jit
def _wait(arrived, expected, patience):
    """Wait until ``expected`` programs arrived, in all; return ``patience``, or 0 if in vain.

    ``patience`` is the largest number of looks, so that no fault keeps the GPU for ever.
    """
    looks = 0
    seen = 0
    while (seen < expected) & (looks < patience):
        seen = tl.atomic_add(arrived, 0, sem="acquire", scope="gpu")
        looks += 1
    tl.debug_barrier()
    return tl.where(seen < expected, 0, patience)


@triton.jit
def _sum_of_parts(parts, at, SIZE: tl.constexpr, TEAM: tl.constexpr):
    """Return the sum of the team's parts, in the order of the programs, past the stale L1 cache."""
    total = tl.load(parts + at, cache_modifier=".cg")
    for member in tl.static_range(1, TEAM):
        total += tl.load(parts + member * SIZE + at, cache_modifier=".cg")
    return total


@triton.jit(
    do_not_specialize=["first_run", "steps", "patience"],
    do_not_specialize_on_alignment=["contexts", "targets", "rates", "losses", "arrived"],
)
def take_steps(
    contexts,
    targets,
    rates,
    losses,
    parts,
    arrived,
    embedding,
    first,
    first_bias,
    second,
    second_bias,
    gains,
    biases,
    means,
    deviations,
    first_run,
    steps,
    momentum,
    patience,
    B: tl.constexpr,
    L: tl.constexpr,
    V: tl.constexpr,
    E: tl.constexpr,
    H: tl.constexpr,
    B_: tl.constexpr,
    V_: tl.constexpr,
    J_: tl.constexpr,
    D_: tl.constexpr,
    TEAM: tl.constexpr,
    BATCHNORM: tl.constexpr,
    PRECISION: tl.constexpr,
):
    """Take ``steps`` steps of the run of this program's team, of TEAM programs in a row.

    The weights are rows of stacks, of which the first team has ``first_run``; minibatches, rates,
    losses, parts and arrivals begin with the first team's. A size with an underscore is the power
    of two that the size is padded to; D_ hidden units are a program's.
    """
    program = tl.program_id(0)
    team, member = (program // TEAM).to(tl.int64), program % TEAM
    run = first_run + team
    b, v, j = tl.arange(0, B_), tl.arange(0, V_), tl.arange(0, J_)
    h = member * D_ + tl.arange(0, D_)
    level, number = j // E, j % E
    real_b, real_v, real_j, real_h = b < B, v < V, j < L * E, h < H

    wide_at = embedding + run * V * E + v[:, None] * E + number[None, :]
    wide_real = real_v[:, None] & real_j[None, :]
    wide = tl.load(wide_at, wide_real, 0.0)
    W1_at = first + run * L * E * H + j[None, :] * H + h[:, None]
    W1_real = real_h[:, None] & real_j[None, :]
    W1 = tl.load(W1_at, W1_real, 0.0)
    W2_at = second + run * H * V + h[:, None] * V + v[None, :]
    W2_real = real_h[:, None] & real_v[None, :]
    W2 = tl.load(W2_at, W2_real, 0.0)
    b2 = tl.load(second_bias + run * V + v, real_v, 0.0)
    if BATCHNORM:
        gain = tl.load(gains + run * H + h, real_h, 0.0)
        bias = tl.load(biases + run * H + h, real_h, 0.0)
        mean = tl.load(means + run * H + h, real_h, 0.0)
        deviation = tl.load(deviations + run * H + h, real_h, 0.0)
    else:
        bias = tl.load(first_bias + run * H + h, real_h, 0.0)

    same = ((number[:, None] == number[None, :]) & real_j[:, None] & real_j[None, :]).to(tl.float32)
    place_at = b[:, None] * L + level[None, :]
    place_real = real_b[:, None] & real_j[None, :]
    logits_at = b[:, None] * V_ + v[None, :]
    dX_at = b[:, None] * J_ + j[None, :]
    logits_parts = parts + team * TEAM * B_ * (V_ + J_)
    dX_parts = logits_parts + TEAM * B_ * V_
    arrived += 2 * team
    met = 0
    contexts += team * steps * B * L
    targets += team * steps * B
    rates += team * steps
    losses += team * steps
    # The next step's minibatch is read while this step is computed.
    place = tl.load(contexts + place_at, place_real, 0).to(tl.int32)
    target = tl.load(targets + b, real_b, 0).to(tl.int32)
    rate = tl.load(rates)

    for step in range(steps):
        following = tl.minimum(step + 1, steps - 1)
        next_contexts = contexts + following * B * L
        next_place = tl.load(next_contexts + place_at, place_real, 0).to(tl.int32)
        next_target = tl.load(targets + following * B + b, real_b, 0).to(tl.int32)
        next_rate = tl.load(rates + following)

        # Forward.
        X = tl.gather(wide, place, 0)
        pre = tl.dot(W1, tl.trans(X), input_precision=PRECISION)
        if BATCHNORM:
            now = tl.sum(tl.where(real_b[None, :], pre, 0.0), 1) / B
            centred = tl.where(real_b[None, :], pre - now[:, None], 0.0)
            squares = tl.sum(centred * centred, 1)
            spread = tl.sqrt(squares / (B - 1))
            inverse = 1.0 / tl.where(real_h, spread, 1.0)
            u = centred * inverse[:, None]
            pre = gain[:, None] * u + bias[:, None]
            mean += momentum * (now - mean)
            deviation += momentum * (spread - deviation)
        else:
            pre += bias[:, None]
        hidden = 2.0 * tl.sigmoid(2.0 * pre) - 1.0
        logits = tl.dot(tl.trans(hidden), W2, input_precision=PRECISION)
        if TEAM > 1:
            tl.store(logits_parts + member * (B_ * V_) + logits_at, logits)
            _arrive(arrived)
            met += TEAM
            patience = _wait(arrived, met, patience)
            logits = _sum_of_parts(logits_parts, logits_at, B_ * V_, TEAM)
        logits += b2[None, :]
        logits = tl.where(real_v[None, :], logits, float("-inf"))
        wanted = v[None, :] == target[:, None]
        largest = tl.max(logits, 1)
        powers = tl.exp(logits - largest[:, None])
        total = tl.sum(powers, 1)
        rate = -rate / B
        d = tl.where(wanted, powers / total[:, None] - 1.0, powers / total[:, None])
        d = tl.where(real_b[:, None], d, 0.0)

        # Backward: every product with a weight reads the weight before the weight's update.
        g = tl.dot(W2, tl.trans(d), input_precision=PRECISION) * (1.0 - hidden * hidden)
        g_sum = tl.sum(g, 1)
        bias += rate * g_sum
        if BATCHNORM:
            gu_sum = tl.sum(g * u, 1)
            g = g - (g_sum / B)[:, None] - u * (gu_sum / (B - 1))[:, None]
            g = tl.where(real_b[None, :], g * (gain * inverse)[:, None], 0.0)
            gain += rate * gu_sum
        dX = tl.dot(tl.trans(g), W1, input_precision=PRECISION)
        if TEAM > 1:
            tl.store(dX_parts + member * (B_ * J_) + dX_at, dX)
            _arrive(arrived)
        # While the others arrive: all that needs no part of theirs.
        W1 += rate * tl.dot(g, X, input_precision=PRECISION)
        W2 += rate * tl.dot(hidden, d, input_precision=PRECISION)
        b2 += rate * tl.sum(d, 0)
        if member == 0:
            chosen = tl.sum(tl.where(wanted, logits, 0.0), 1)
            each = tl.where(real_b, tl.log(total) + largest - chosen, 0.0)
            tl.store(losses + step, tl.sum(each, 0) / B)
        if TEAM > 1:
            met += TEAM
            patience = _wait(arrived, met, patience)
            dX = _sum_of_parts(dX_parts, dX_at, B_ * J_, TEAM)
        read = place[None, :, :] == v[:, None, None]
        dwide = tl.sum(tl.where(read, dX[None, :, :], 0.0), 1)
        wide += rate * tl.dot(dwide, same, input_precision=PRECISION)

        place, target, rate = next_place, next_target, next_rate

    if member == 0:
        tl.store(wide_at, wide, wide_real & (level == 0)[None, :])
        tl.store(second_bias + run * V + v, b2, real_v)
    tl.store(W1_at, W1, W1_real)
    tl.store(W2_at, W2, W2_real)
    if BATCHNORM:
        tl.store(gains + run * H + h, gain, real_h)
        tl.store(biases + run * H + h, bias, real_h)
        tl.store(means + run * H + h, mean, real_h)
        tl.store(deviations + run * H + h, deviation, real_h)
    else:
        tl.store(first_bias + run * H + h, bias, real_h)
    if patience == 0:
        tl.store(arrived + 1, 1)
