"""Backward messages: a value of each state of a trellis, from the last layer to the first.

The value of a state is computed from the values of its successors: in the semiring REAL it is the
probability to end well (completion, beta), in LOG the log of that probability, in MAX_PLUS the
log-probability of the most probable way to end well.

      value(n, s)  =  [may end]  (+)  sum over symbols x of  weight(s, x)  (x)  value(n + 1, s.x)
"""

import math
from collections.abc import Sequence

import numpy as np

from namesmith.vocabulary import END
from namesmith_server.engine.core import Floats, Reals, States, checkpoint, chunk_slices
from namesmith_server.engine.markov.semirings import REAL, Semiring
from namesmith_server.engine.markov.trellis import Trellis

CHUNK = 1 << 13
"""Number of states whose values are computed between two checkpoints: a few milliseconds."""

LOSSLESS = math.log(1e-280)
"""Log of the least sum of probabilities that has lost nothing to the range of float64."""


def completions(trellis: Trellis, probabilities: Floats, min_length: int) -> list[Floats]:
    """Return the probability to end well from each state of each layer, and 0 for ``DEAD``.

    Args:
        trellis: trellis of the states.
        probabilities: probability of each next symbol in each state of the chain, [S, V].
        min_length: fewest characters of a name.

    Returns:
        one array float64 [N + 1] for each layer of the trellis, and an array of zeros behind them.
    """
    if trellis.free and trellis.chain.is_tiled:
        return _tiled_completions(trellis, probabilities, min_length)
    return backward_messages(trellis, probabilities, REAL, min_length=min_length)


def backward_messages(  # noqa: PLR0913 - a trellis, its weights, and how they come together
    trellis: Trellis,
    weights: Reals,
    semiring: Semiring,
    *,
    min_length: int,
    ends: Floats | None = None,
    known: list[Floats] | None = None,
) -> list[Floats]:
    """Return a value of each state of each layer, in the shape of ``completions``.

    Args:
        trellis: trellis of the states.
        weights: weight of each next symbol in each state of the chain, [S, V].
        semiring: rule that combines the weights with the values of the successors.
        min_length: fewest characters of a name.
        ends: value of a name that ends after each number of characters, [max_length + 1]; None:
            the semiring's one.
        known: values as logs, in the shape of the result; the values below ``LOSSLESS`` are
            computed again, in place. None: all values are computed.
    """
    values = [np.full(trellis.next_width + 1, semiring.zero)]
    for i in range(len(trellis.layers) - 1, -1, -1):
        layer, position = trellis.layers[i], trellis.first + i
        behind = values[-1][layer.after]  # (R, V)
        width = len(layer.chain_states)
        value = np.full(width + 1, semiring.zero)
        chunks: Sequence[slice | States] = chunk_slices(width, CHUNK)
        if known:
            value = known[i]
            lossy = np.flatnonzero(value[:-1] < LOSSLESS)
            chunks = [lossy[part] for part in chunk_slices(len(lossy), CHUNK)]
        end = semiring.one if ends is None else ends[position]
        ended = np.where(layer.may_end * (position >= min_length), end, semiring.zero)
        for chunk in chunks:
            checkpoint()
            follows = behind[layer.rows[chunk]]
            follows[:, END] = ended[chunk]
            value[chunk] = semiring.combine(weights[layer.chain_states[chunk]], follows)
        values.append(value)
    return values[::-1]


def _tiled_completions(trellis: Trellis, probabilities: Floats, min_length: int) -> list[Floats]:
    """Return the completions of a table's free trellis, at half the cost: no row is gathered."""
    rows, size = len(trellis.chain.successors), probabilities.shape[1]
    tiles = probabilities.reshape(-1, rows, size)
    values = [np.zeros(trellis.next_width + 1)]
    for position in range(len(trellis.layers) - 1, -1, -1):
        checkpoint()
        behind = values[-1][trellis.layers[position].after]  # (R, V)
        behind[:, END] = position >= min_length
        value = np.zeros(trellis.next_width + 1)
        value[:-1] = np.einsum("grv,rv->gr", tiles, behind).ravel()
        values.append(value)
    return values[::-1]
