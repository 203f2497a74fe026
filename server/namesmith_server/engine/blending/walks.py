"""The states of a part of a blend, along names of the united vocabulary.

A part is silent behind a symbol that it lacks, as long as the symbol stands in its context; it
reads the symbols behind it as the beginning of a name. A silent state is a state of the chain and
its age: the number of symbols since the lacked one.

      x            ä            i            v           i
    (live) --> (start, 0) --> (.i, 1) --> (.iv, 2) --> (live)      contexts of 3 symbols, ä lacked
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from namesmith.vocabulary import END
from namesmith_server.engine.blending.alphabet import LACKED, SymbolMap
from namesmith_server.engine.core import Int32s, checkpoint, reserve
from namesmith_server.engine.errors import CannotBlendError
from namesmith_server.engine.markov import Chain

MAX_STATES = 1 << 19
"""Largest number of states of a blend: of more, the longest names of a question would not fit the
bound on its values (``markov.budget``)."""


class Walks(NamedTuple):
    """States and their successors.

    Attributes:
        rows: row of ``successors`` of each state, int32 [S].
        successors: state after each symbol of the united vocabulary, int32 [R, V]; the end symbol
            leads to the start.
        start: state before the first symbol of a name.
    """

    rows: Int32s
    successors: Int32s
    start: int


def united_walks(chain: Chain, symbols: SymbolMap, block_size: int) -> tuple[Walks, Int32s]:
    """Return a part's walks, and the state of the chain in each state; ``LACKED`` where silent.

    Args:
        chain: the part's chain, whose states depend on the last ``block_size`` symbols.
        symbols: the part's id of each symbol of the united vocabulary.
        block_size: number of symbols of the part's contexts, >= 1.

    Raises:
        CannotBlendError: there are too many silent states.
    """
    lacked = symbols == LACKED
    columns = np.where(lacked, END, symbols)
    live = np.arange(len(chain), dtype=np.int32)
    following = _successors(chain, columns, lacked)
    if not lacked.any():
        return Walks(chain.rows, following, chain.start), live
    known = ~lacked
    known[END] = False
    silent = _silent_rows(following, chain, known, block_size)
    first = len(following)
    rows = np.arange(first, first + len(silent), dtype=np.int32)
    own = np.concatenate([live, np.full(len(silent), LACKED, dtype=np.int32)])
    successors = np.concatenate([following, silent])
    return Walks(np.concatenate([chain.rows, rows]), successors, chain.start), own


def _silent_rows(
    following: Int32s, chain: Chain, known: NDArray[np.bool_], block_size: int
) -> Int32s:
    """Return the successors of the silent states, by their age, int32 [silent states, V]."""
    layers, silent, states = [], 0, np.array([chain.start])
    for age in range(block_size):
        checkpoint()
        silent += len(states)
        check_states(silent)
        reserve(len(states) * len(known) * 4)
        after = following[chain.rows[states]]
        states = np.unique(after[:, known])
        if age + 1 < block_size:
            after[:, known] = len(chain) + silent + np.searchsorted(states, after[:, known])
        layers.append(after)
    return np.concatenate(layers)


def check_states(states: int) -> None:
    """Refuse too many states.

    Raises:
        CannotBlendError: there are more than ``MAX_STATES``.
    """
    if states > MAX_STATES:
        raise CannotBlendError(f"their chains together have more than {MAX_STATES} states")


def _successors(chain: Chain, columns: SymbolMap, lacked: NDArray[np.bool_]) -> Int32s:
    """Return the state after each symbol of the united vocabulary, int32 [R, V].

    A lacked symbol leads to the first silent state, which is numbered behind the chain's own.
    """
    reserve(len(chain.successors) * len(columns) * 4)
    following: Int32s = chain.successors[:, columns]
    following[:, END] = chain.start
    following[:, lacked] = len(chain)
    return following
