"""Mixed distributions: sum of w_i P_i, over the parts that are not silent."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from namesmith.vocabulary import END
from namesmith_server.engine.blending.alphabet import LACKED
from namesmith_server.engine.core import (
    Floats,
    Int32s,
    Int64s,
    Reals,
    checkpoint,
    chunk_slices,
    reserve,
)

CHUNK = 1 << 12
"""Number of distributions that are mixed between two checkpoints."""


class Voice(NamedTuple):
    """A part's distributions and its share in the mixture.

    Attributes:
        weight: share of the part, > 0; the shares of all parts sum to 1.
        united: united vocabulary's id of each symbol of the part, int64 [V_i].
        log_probs: natural log-probabilities of the part's next symbol, [B, V_i].
        silent: whether the part is silent in each row, bool [B].
    """

    weight: float
    united: Int64s
    log_probs: Reals
    silent: NDArray[np.bool_]


def mixed(voices: Sequence[Voice], vocab_size: int) -> Floats:
    """Return the log-probabilities of the mixture, float64 [B, V].

    The parts that are not silent have their weights divided by their sum. Where all are silent,
    behind a history that no part gives a probability, names end.
    """
    total = np.zeros((len(voices[0].silent), vocab_size))
    heard = np.zeros(len(total))
    for voice in voices:
        weights = np.where(voice.silent, 0.0, voice.weight)
        total[:, voice.united] += weights[:, None] * np.exp(voice.log_probs, dtype=np.float64)
        heard += weights
    unheard = heard == 0
    total[unheard, END] = heard[unheard] = 1
    total /= heard[:, None]
    with np.errstate(divide="ignore"):
        return np.log(total, out=total)


class ChainVoice(NamedTuple):
    """A part that is a chain.

    Attributes:
        weight: share of the part.
        united: united vocabulary's id of each symbol of the part, int64 [V_i].
        log_probs: log-probabilities of the part's states, [S_i, V_i].
        states: state of the part in each state of the blend, int32 [S]; ``LACKED`` where it is
            silent.
    """

    weight: float
    united: Int64s
    log_probs: Reals
    states: Int32s

    def voice(self, part: slice) -> Voice:
        """Return the distributions of a part of the blend's states."""
        states = self.states[part]
        return Voice(self.weight, self.united, self.log_probs[states], states == LACKED)


def mixed_table(voices: Sequence[ChainVoice], vocab_size: int) -> NDArray[np.float32]:
    """Return the log-probabilities of every state of a blend of chains, float32 [S, V]."""
    states = len(voices[0].states)
    reserve(states * vocab_size * 4)
    table = np.empty((states, vocab_size), dtype=np.float32)
    for part in chunk_slices(states, CHUNK):
        checkpoint()
        table[part] = mixed([one.voice(part) for one in voices], vocab_size)
    return table
