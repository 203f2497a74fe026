"""Backward messages: a value of each state of a trellis, from the last layer to the first.

The value of a state is computed from the values of its successors: in the semiring REAL it is the
probability to end well (completion, beta), in LOG the log of that probability, in MAX_PLUS the
log-probability of the most probable way to end well.

      value(n, s)  =  [may end]  (+)  sum over symbols x of  weight(s, x)  (x)  value(n + 1, s.x)

Compiled code and numpy compute the same bits.
"""

import math
from collections.abc import Iterator

import numpy as np

from namesmith.vocabulary import END
from namesmith_server.engine import native
from namesmith_server.engine.core import Floats, Reals, States, checkpoint, chunk_slices
from namesmith_server.engine.markov.semirings import LOG, Semiring
from namesmith_server.engine.markov.trellis import Layer, Trellis

PRODUCTS = 1 << 20
"""Number of products that compiled code computes between two checkpoints: a few milliseconds."""

CHUNK = 1 << 13
"""Number of states whose values numpy computes between two checkpoints: a few milliseconds."""

LOSSLESS = math.log(1e-280)
"""Log of the least sum of probabilities that has lost nothing to the range of float64."""


def backward_messages(
    trellis: Trellis,
    weights: Reals,
    semiring: Semiring,
    min_length: int,
    ends: Floats | None = None,
) -> list[Floats]:
    """Return a value of each state of each layer, and the semiring's zero for ``DEAD``.

    Args:
        trellis: trellis of the states.
        weights: weight of each next symbol in each state of the chain, [S, V].
        semiring: rule that combines the weights with the values of the successors.
        min_length: fewest characters of a name.
        ends: value of a name that ends after each number of characters, [max_length + 1]; None:
            the semiring's one.

    Returns:
        one array float64 [N + 1] for each layer of the trellis, and an array of zeros behind them.
    """
    return list(_messages(trellis, weights, semiring, min_length, ends))[::-1]


def backward_message(  # noqa: PLR0913, PLR0917 - the arguments of ``backward_messages``, and a place
    trellis: Trellis,
    weights: Reals,
    semiring: Semiring,
    min_length: int,
    place: tuple[int, int],
    ends: Floats | None = None,
) -> float:
    """Return the value of one state, given by its layer and its id; no other value is kept."""
    layer, state = place
    messages = _messages(trellis, weights, semiring, min_length, ends)
    for _, message in zip(range(len(trellis.layers) - layer + 1), messages, strict=False):
        value = message
    return float(value[state])


def log_completions(
    trellis: Trellis, log_probs: Reals, completion: list[Floats], min_length: int
) -> list[Floats]:
    """Return the natural logs of completions; the ones that lost digits are computed in LOG."""
    logs = []
    for values in completion:
        checkpoint()
        with np.errstate(divide="ignore"):
            logs.append(np.log(values))
    for i in range(len(trellis.layers) - 1, -1, -1):
        layer = trellis.layers[i]
        end = 0.0 if trellis.first + i >= min_length else LOG.zero
        lossy = np.flatnonzero(logs[i][:-1] < LOSSLESS)
        for part in chunk_slices(len(lossy), CHUNK):
            _combine(LOG, log_probs, layer, end, logs[i + 1], logs[i], lossy[part])
    return logs


def _messages(
    trellis: Trellis, weights: Reals, semiring: Semiring, min_length: int, ends: Floats | None
) -> Iterator[Floats]:
    """Yield the values of each layer, from behind the last layer to the first layer."""
    behind = np.full(trellis.next_width + 1, semiring.zero)
    yield behind
    for i in range(len(trellis.layers) - 1, -1, -1):
        layer, position = trellis.layers[i], trellis.first + i
        end = semiring.zero
        if position >= min_length:
            end = semiring.one if ends is None else float(ends[position])
        behind = _layer_values(semiring, weights, layer, end, behind)
        yield behind


def _layer_values(
    semiring: Semiring, weights: Reals, layer: Layer, end: float, behind: Floats
) -> Floats:
    """Return the values of a layer's states, and the semiring's zero."""
    width = len(layer.chain_states)
    values = np.empty(width + 1)
    values[width] = semiring.zero
    if native.available and semiring.compiled is not None:
        for part in chunk_slices(width, max(1, PRODUCTS // weights.shape[1])):
            checkpoint()
            native.backward(
                semiring.compiled, weights, layer, end, semiring.zero, behind, values, part
            )
        return values
    for part in chunk_slices(width, CHUNK):
        _combine(semiring, weights, layer, end, behind, values, np.arange(part.start, part.stop))
    return values


def _combine(  # noqa: PLR0913, PLR0917 - a layer, its weights, and how they come together
    semiring: Semiring,
    weights: Reals,
    layer: Layer,
    end: float,
    behind: Floats,
    values: Floats,
    states: States,
) -> None:
    """Compute the values of some states of a layer in numpy; states that nothing follows have zero.

    Args:
        semiring: rule that combines the weights with the values of the successors.
        weights: weight of each next symbol in each state of the chain, [S, V].
        layer: layer of the trellis.
        end: value behind the end symbol where a name may end.
        behind: values of the next layer.
        values: values of the layer, in which the computed ones are set.
        states: states whose values are computed, [B].
    """
    checkpoint()
    follows = behind[layer.after[layer.rows[states]]]
    follows[:, END] = np.where(layer.may_end[states] != 0, end, semiring.zero)
    values[states] = semiring.zero
    going = np.flatnonzero((follows != semiring.zero).any(1))
    states = states[going]
    values[states] = semiring.combine(weights[layer.chain_states[states]], follows[going])
