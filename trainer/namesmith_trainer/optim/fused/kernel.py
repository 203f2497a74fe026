"""The kernel: a block of steps of the notebook's network in one launch, one program for each run.

Nothing leaves the multiprocessor but losses: all weights stay in registers from the first step of a
block to the last. A step is eight small products in float32, and sums over the minibatch:

    place  [B, J]   row of C in column j of the inputs: the symbol at level j // E of the context
    X      [B, J]   inputs, X[b, j] = wide[place[b, j], j]
    pre    [H, B]   W1' X'                            u, y: normalised; gain u + bias
    h      [H, B]   tanh
    logits [B, V]   h' W2, in slices of the hidden units, which are summed
    d      [B, V]   softmax - one-hot
    g      [H, B]   from W2 d', back through tanh and BatchNorm
    dX     [B, J]   g' W1', in slices likewise

Hidden units are rows, so that BatchNorm's sums over the minibatch run along rows. ``wide`` [V, J]
holds the embedding once for each level, side by side: a gather reads it, and the sum of its
gradients over the levels is a product with the matrix that is 1 where two columns hold the same
number. No sum has an order that depends on the moment, so that a run gives the same weights bit for
bit, alone or beside others.
"""

# mypy: ignore-errors
# ruff: noqa: PLR0913, PLR0915, PLR0917 - a kernel is one function with its operands
# ruff: noqa: ANN001, ANN201, ANN202 - Triton reads annotations as types of its own

import triton
import triton.language as tl


@triton.jit
def _transposed_product(a, b, SLICES: tl.constexpr, PRECISION: tl.constexpr):
    """Return a' b [M, N] of a [K, M] and b [K, N]: products of slices of K, summed."""
    K: tl.constexpr = a.shape[0] // SLICES
    a = tl.permute(tl.reshape(a, (SLICES, K, a.shape[1])), (0, 2, 1))
    b = tl.reshape(b, (SLICES, K, b.shape[1]))
    return tl.sum(tl.dot(a, b, input_precision=PRECISION), 0)


@triton.jit(do_not_specialize=["first_run", "steps"], do_not_specialize_on_alignment=["losses"])
def take_steps(
    contexts,
    targets,
    rates,
    losses,
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
    B: tl.constexpr,
    L: tl.constexpr,
    V: tl.constexpr,
    E: tl.constexpr,
    H: tl.constexpr,
    B_: tl.constexpr,
    L_: tl.constexpr,
    V_: tl.constexpr,
    J_: tl.constexpr,
    H_: tl.constexpr,
    BATCHNORM: tl.constexpr,
    SLICES: tl.constexpr,
    PRECISION: tl.constexpr,
    TURN: tl.constexpr,
):
    """Take ``steps`` steps of the run of this program.

    The weights are rows of stacks, of which program 0 has ``first_run``; minibatches, rates and
    losses begin with program 0's. A size with an underscore is the power of two that the size is
    padded to.
    """
    program = tl.program_id(0).to(tl.int64)
    run = first_run + program
    b, v, j, h = tl.arange(0, B_), tl.arange(0, V_), tl.arange(0, J_), tl.arange(0, H_)
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
    pairs = tl.arange(0, L_ * B_)  # of a level and a context of the minibatch
    pair_at = (pairs % B_) * L + pairs // B_
    pair_real = (pairs % B_ < B) & (pairs // B_ < L)
    place_at = b[:, None] * L + level[None, :]
    place_real = real_b[:, None] & real_j[None, :]
    levels = tl.arange(0, L_)
    unit_b = (b[:, None] == b[None, :]).to(tl.float32)
    unit_j = (j[:, None] == j[None, :]).to(tl.float32)
    contexts += program * steps * B * L
    targets += program * steps * B
    rates += program * steps
    losses += program * steps
    # The next step's minibatch is read while this step is computed.
    place = tl.load(contexts + place_at, place_real, 0).to(tl.int32)
    pair = tl.load(contexts + pair_at, pair_real, -1).to(tl.int32)
    target = tl.load(targets + b, real_b, 0).to(tl.int32)
    rate = tl.load(rates)

    for step in range(steps):
        following = tl.minimum(step + 1, steps - 1)
        next_contexts = contexts + following * B * L
        next_place = tl.load(next_contexts + place_at, place_real, 0).to(tl.int32)
        next_pair = tl.load(next_contexts + pair_at, pair_real, -1).to(tl.int32)
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
        logits = _transposed_product(hidden, W2, SLICES, PRECISION) + b2[None, :]
        logits = tl.where(real_v[None, :], logits, float("-inf"))
        wanted = v[None, :] == target[:, None]
        largest = tl.max(logits, 1)
        powers = tl.exp(logits - largest[:, None])
        total = tl.sum(powers, 1)
        chosen = tl.sum(tl.where(wanted, logits, 0.0), 1)
        each = tl.log(total) + largest - chosen
        tl.store(losses + step, tl.sum(tl.where(real_b, each, 0.0), 0) / B)

        # Backward: every product with a weight reads the weight before the weight's update.
        rate = -rate / B
        d = tl.where(wanted, powers / total[:, None] - 1.0, powers / total[:, None])
        d = tl.where(real_b[:, None], d, 0.0)
        d_turned = tl.trans(d)
        if TURN:
            d_turned = tl.dot(d_turned, unit_b, input_precision=PRECISION)
            X = tl.dot(X, unit_j, input_precision=PRECISION)
        g = tl.dot(W2, d_turned, input_precision=PRECISION) * (1.0 - hidden * hidden)
        W2 += rate * tl.dot(hidden, d, input_precision=PRECISION)
        b2 += rate * tl.sum(d, 0)
        g_sum = tl.sum(g, 1)
        if BATCHNORM:
            gu_sum = tl.sum(g * u, 1)
            g = g - (g_sum / B)[:, None] - u * (gu_sum / (B - 1))[:, None]
            g = tl.where(real_b[None, :], g * (gain * inverse)[:, None], 0.0)
            gain += rate * gu_sum
        bias += rate * g_sum
        dX = _transposed_product(g, W1, SLICES, PRECISION)
        W1 += rate * tl.dot(g, X, input_precision=PRECISION)
        if TURN == 2:
            symbols = (tl.reshape(pair, (L_, 1, B_)) == v[None, :, None]).to(tl.float32)
            of_level = tl.where(levels[:, None, None] == level[None, None, :], dX[None, :, :], 0.0)
            dwide = tl.sum(tl.dot(symbols, of_level, input_precision=PRECISION), 0)
        else:
            symbols = (pair[None, :] == v[:, None]).to(tl.float32)
            of_level = tl.where(levels[:, None, None] == level[None, None, :], dX[None, :, :], 0.0)
            of_level = tl.reshape(of_level, (L_ * B_, J_))
            dwide = tl.dot(symbols, of_level, input_precision=PRECISION)
        wide += rate * tl.dot(dwide, same, input_precision=PRECISION)

        place, pair, target, rate = next_place, next_pair, next_target, next_rate

    tl.store(wide_at, wide, wide_real & (level == 0)[None, :])
    tl.store(W1_at, W1, W1_real)
    tl.store(W2_at, W2, W2_real)
    tl.store(second_bias + run * V + v, b2, real_v)
    if BATCHNORM:
        tl.store(gains + run * H + h, gain, real_h)
        tl.store(biases + run * H + h, bias, real_h)
        tl.store(means + run * H + h, mean, real_h)
        tl.store(deviations + run * H + h, deviation, real_h)
    else:
        tl.store(first_bias + run * H + h, bias, real_h)
