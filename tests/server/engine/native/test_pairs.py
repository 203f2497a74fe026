"""Compiled code numbers the pairs of a chain's and a DFA's states as numpy does."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from namesmith_server.engine import Chain, native
from namesmith_server.engine.constraints import Dfa, anything
from namesmith_server.engine.constraints.dfa import containing, ending
from namesmith_server.engine.constraints.dfa_algebra import excluding
from namesmith_server.engine.markov import pairs, reachable_trellis
from namesmith_server.engine.markov.trellis import Trellis
from random_chains import random_chain

SIZE = 5

CHAINS = st.builds(random_chain, st.integers(0, 10**6), st.integers(1, 200), st.just(SIZE))
WORDS = st.lists(st.integers(1, SIZE - 1), min_size=1, max_size=4).map(tuple)


@st.composite
def dfas(draw: st.DrawFn) -> Dfa:
    """Draw a DFA of one constraint, with a trie of excluded names or without one."""
    dfa = draw(st.sampled_from([containing, ending]))(draw(WORDS), SIZE)
    if draw(st.booleans()):
        dfa = anything(SIZE)
    names = draw(st.lists(WORDS, max_size=5))
    symbols = [symbol for name in names for symbol in (*name, 0)]
    return excluding(dfa, np.array(symbols, dtype=np.int64)) if names else dfa


def arrays(trellis: Trellis) -> list[list[list[int]]]:
    """Return the contents of each layer."""
    return [[array.tolist() for array in layer] for layer in trellis.layers]


@settings(deadline=None)
@given(CHAINS, dfas(), st.integers(0, 3), st.integers(1, 7))
def test_layers_are_equal_however_pairs_are_numbered(
    chain: Chain, dfa: Dfa, chunk: int, max_length: int
) -> None:
    """By compiled code, by an array with a place for each key, or by sorting: the same arrays."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pairs, "CHUNK", 1 << (2 * chunk))
        compiled = arrays(reachable_trellis(chain, dfa, (), max_length))
        patch.setattr(native, "available", False)
        assert arrays(reachable_trellis(chain, dfa, (), max_length)) == compiled
        patch.setattr(pairs, "DENSE_FACTOR", 0)
        assert arrays(reachable_trellis(chain, dfa, (), max_length)) == compiled
