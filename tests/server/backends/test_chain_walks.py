"""The walks of a chain, against definitions by enumeration."""

from itertools import product

import numpy as np
import pytest

from chain_bundles import definite_chain, wandering_chain
from namesmith_server.backends import chain_walks
from namesmith_server.engine import Chain


def followed(chain: Chain, state: int, word: tuple[int, ...]) -> int:
    """Return the state that a word leads to from a state."""
    for symbol in word:
        state = int(chain.successors[chain.rows[state], symbol])
    return state


def is_definite(chain: Chain, length: int) -> bool:
    """Tell, word by word, whether a state depends on the last ``length`` characters alone."""
    words = product(range(1, chain.vocab_size), repeat=length)
    return all(
        len({followed(chain, state, word) for state in range(len(chain))}) == 1 for word in words
    )


@pytest.mark.parametrize("seed", range(20))
def test_reachable_states_are_the_ones_that_words_lead_to(seed: int) -> None:
    """The count is that of a search state by state, for each length, on chains in two parts."""
    random = np.random.default_rng(seed)
    successors = random.integers(50, size=(20, 3), dtype=np.int32)
    rows = random.integers(20, size=50, dtype=np.int32)
    start = int(random.integers(50))
    reached = {start}
    for length in range(12):
        assert chain_walks.count_reachable(rows, successors, start, length) == len(reached)
        reached |= {after for state in reached for after in successors[rows[state]].tolist()}


def test_a_path_is_walked_as_far_as_the_length() -> None:
    """Each of 5,000 states leads to the next one."""
    successors = np.arange(1, 5_001, dtype=np.int32)[:, None] % 5_000
    rows = np.arange(5_000, dtype=np.int32)
    for length in (0, 1, 1_024, 4_998):
        assert chain_walks.count_reachable(rows, successors, 7, length) == length + 1
    assert chain_walks.count_reachable(rows, successors, 7, 5_000) == 5_000


def test_wide_fronts_are_walked_part_by_part() -> None:
    """A tree of eight symbols: 8^5 states are in the last layer of 5 symbols."""
    states = (8**6 - 1) // 7
    successors = (np.arange(states)[:, None] * 8 + np.arange(1, 9)) % states
    rows = np.arange(states, dtype=np.int32)
    sizes = [
        chain_walks.count_reachable(rows, successors.astype(np.int32), 0, length)
        for length in range(7)
    ]
    assert sizes == [1, 9, 73, 585, 4_681, states, states]


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("order", [1, 2, 3])
def test_a_chain_forgets_after_its_order_and_no_sooner(seed: int, order: int) -> None:
    """The hashes agree with the definition for every length, one above and one below the order."""
    chain = definite_chain(seed, order, 0.5, vocab_size=4)
    for length in range(1, order + 2):
        told = chain_walks.forgets(chain.rows, chain.successors, chain.start, length)
        assert told == is_definite(chain, length)
    assert chain_walks.forgets(chain.rows, chain.successors, chain.start, order)


@pytest.mark.parametrize("seed", range(20))
def test_random_successors_are_judged_by_the_definition(seed: int) -> None:
    """Chains of few states, some of which forget by chance."""
    chain = wandering_chain(seed, 4, vocab_size=3)
    for length in (1, 2, 5):
        told = chain_walks.forgets(chain.rows, chain.successors, chain.start, length)
        assert told == is_definite(chain, length)


def test_the_order_of_symbols_is_not_forgotten() -> None:
    """A chain of which ``ab`` and ``ba`` lead to two states that change places remembers.

    States 0 to 3: from 1, ``ab`` leads to 2 and ``ba`` to 3; from the start the other way round.
    """
    successors = np.array(
        [[0, 4, 5], [0, 6, 7], [0, 0, 0], [0, 0, 0], [0, 1, 3], [0, 2, 1], [0, 1, 2], [0, 3, 1]],
        dtype=np.int32,
    )
    rows = np.arange(8, dtype=np.int32)
    assert chain_walks.count_reachable(rows, successors, 0, 3) == 8
    assert not chain_walks.forgets(rows, successors, 0, 2)
