"""Ancestral sampling in lockstep, in numpy: compiled code must draw the same symbols.

All names grow by a symbol together, and ended names leave. A name draws from its own counter-based
generator at its own position, so that it does not depend on the names beside it.
"""

import numpy as np
from numpy.typing import NDArray

from namesmith.vocabulary import END
from namesmith_server.engine.core import EncodedNames, States, packed_rows
from namesmith_server.engine.distributions import Keys, draws, uniforms
from namesmith_server.engine.markov.drawable_chain import DrawableChain


def sample_batch(chain: DrawableChain, prefix: tuple[int, ...], keys: Keys) -> EncodedNames:
    """Draw names; raise the errors of ``DrawableChain.start``.

    Args:
        chain: chain that the names are drawn from.
        prefix: first symbols of every name.
        keys: key of each name's generator, uint64 [B], at least one.
    """
    count = len(keys)
    position, state = chain.start(prefix)
    states: States = np.full(count, state)
    names = blank_rows(count, prefix, chain.max_length)
    alive = np.arange(count)
    while alive.size:
        symbols = chain.symbols(position, states, uniforms(draws(keys, position)))
        names[alive, position] = symbols
        going = symbols != END
        alive, keys = alive[going], keys[going]
        states = chain.advance(position, states[going], symbols[going])
        position += 1
    return packed_rows(names)


def blank_rows(count: int, prefix: tuple[int, ...], max_length: int) -> NDArray[np.int32]:
    """Return rows of end symbols, [count, max_length + 1], that begin with the prefix."""
    names = np.zeros((count, max_length + 1), dtype=np.int32)
    names[:, : len(prefix)] = prefix
    return names
