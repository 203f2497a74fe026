"""Trellises: which states of a chain and a DFA names reach, and the bound on their number."""

import numpy as np
import pytest

from enumeration import SIZE, conditioned, table
from namesmith_server.engine import Chain, Constraint, Sampling, kinds
from namesmith_server.engine.constraints import DEAD, Dfa, anything
from namesmith_server.engine.constraints.dfa import nothing
from namesmith_server.engine.errors import TooComplexError
from namesmith_server.engine.markov import free_trellis, reachable_trellis


def test_a_product_of_too_many_states_is_refused() -> None:
    """A DFA that multiplies the states beyond the bound is refused, and the bound is told."""
    states, size = 200, 11
    onward = (np.arange(states)[:, None] * 7 + np.arange(size) * 3) % states
    onward[:, 0] = DEAD
    wide = Dfa(onward.astype(np.int32), np.ones(states, dtype=bool))
    chain = Chain.from_table(np.full((size**3, size), -np.log(size), dtype=np.float32))
    with pytest.raises(TooComplexError, match="needs more than 131072 states"):
        reachable_trellis(chain, wide, (), 32)


def test_only_states_that_can_be_reached_are_kept() -> None:
    """A pattern of one way on leaves one state a length."""
    constraint = Constraint((1, 2), 0, 6, (kinds.Pattern("ab(cd)*"),))
    found = conditioned(0, Sampling(), constraint)
    assert [len(layer.chain_states) for layer in found.trellis.layers] == [1] * 5
    assert [len(values) - 1 for values in found.completion] == [1] * 6


def test_a_free_trellis_holds_every_state_and_a_reachable_one_the_reached_states() -> None:
    """The DFA of everything reaches one context, its followers, then every context but a few."""
    chain = Chain.from_table(table(0))
    free = free_trellis(chain, 4)
    assert free.free
    assert all(layer.chain_states.tolist() == list(range(25)) for layer in free.layers)
    reached = reachable_trellis(chain, anything(SIZE), (), 4)
    assert not reached.free
    contexts = [sorted(layer.chain_states.tolist()) for layer in reached.layers]
    assert contexts[:2] == [[0], [1, 2, 3, 4]]
    assert contexts[2] == [SIZE * a + b for a in range(1, SIZE) for b in range(1, SIZE)]
    assert reached.layers[2] is reached.layers[4]  # equal layers are one object


def test_a_trellis_without_a_name_has_no_layers() -> None:
    """A prefix that the DFA does not admit leads nowhere."""
    empty = reachable_trellis(Chain.from_table(table(0)), nothing(SIZE), (1,), 4)
    assert empty.layers == []
    assert empty.size == 0
