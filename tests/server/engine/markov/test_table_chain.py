"""Chains of tables: equal answers, however the chain is given and its states are numbered."""

from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from enumeration import table
from namesmith.vocabulary import END
from namesmith_server.engine import Chain, Sampling
from namesmith_server.engine.constraints.dfa import containing
from namesmith_server.engine.distributions import ProcessedTable, row_keys
from namesmith_server.engine.markov import (
    ConditionedChain,
    GumbelRanking,
    ProbabilityRanking,
    best_names,
    count_above,
    free_trellis,
    name_statistics,
    packed_rows,
    reachable_trellis,
    sample_batch,
)
from random_chains import Word, successors_of, words_of

EXACT = 1e-9
"""Largest relative difference of sums in another order."""


def table_and_successors(seed: int) -> tuple[Chain, Chain]:
    """Return the chain of a table, and the same chain given by a successor for each symbol."""
    log_probs = table(seed)
    states, size = log_probs.shape
    symbols = np.arange(size, dtype=np.int32)
    contexts = np.arange(states, dtype=np.int32)[:, None] * size % states
    return (
        Chain.from_table(log_probs),
        Chain.from_successors(log_probs, (contexts + symbols).astype(np.int32), END),
    )


def test_a_tables_successors_are_arithmetic() -> None:
    """The two ways to make the chain of a table give equal arrays."""
    table_chain, successor_chain = table_and_successors(1)
    assert table_chain.start == successor_chain.start
    assert table_chain.rows.tolist() == successor_chain.rows.tolist()
    assert table_chain.successors.tolist() == successor_chain.successors.tolist()
    for chain in (table_chain, successor_chain):
        assert (len(chain), chain.vocab_size) == (25, 5)
        assert chain.after((1, 2, 3)) == 2 * 5 + 3
        assert chain.advance(np.array([7, 24]), np.array([4, 1])).tolist() == [14, 21]


def answers(chain: Chain, sampling: Sampling) -> tuple[list[float], list[list[Word]]]:
    """Return numbers and lists of names that answer questions about a chain."""
    processed = ProcessedTable(chain.log_probs, sampling)
    statistics = name_statistics(chain, processed.probabilities)
    numbers, names = [statistics.entropy, statistics.expected_length], []
    for trellis in (
        free_trellis(chain, 6),
        reachable_trellis(chain, containing((1,), chain.vocab_size), (2,), 6),
    ):
        conditioned = ConditionedChain(processed, trellis, (2,), 2)
        numbers += [
            conditioned.log_probability,
            conditioned.expected_length,
            conditioned.count,
            count_above(conditioned, -8.0, 100),
        ]
        names.append(words_of(sample_batch(conditioned, (2,), row_keys(9, 0, 300))))
        rankings = ProbabilityRanking(conditioned), GumbelRanking(conditioned)
        found = [best_names(ranking, 40, 9) for ranking in rankings]
        names += [words_of(packed_rows(one.names)) for one in found]
    return numbers, names


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 1000), st.sampled_from([Sampling(), Sampling(1.5)]))
def test_a_table_and_its_successor_table_give_equal_answers(seed: int, sampling: Sampling) -> None:
    """Names, their order, counts and probabilities do not depend on how the chain was given."""
    table_chain, successor_chain = table_and_successors(seed)
    assert answers(table_chain, sampling) == answers(successor_chain, sampling)


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 1000), st.randoms(use_true_random=False))
def test_the_numbers_of_the_states_mean_nothing(seed: int, random: Random) -> None:
    """The chain of a table gives equal answers with its states in another order."""
    chain = Chain.from_table(table(seed))
    order = list(range(len(chain)))
    random.shuffle(order)
    number = np.argsort(order).astype(np.int32)  # of each state, in the other order
    shuffled = Chain.from_successors(
        chain.log_probs[order], number[successors_of(chain)[order]], int(number[chain.start])
    )
    numbers, names = answers(chain, Sampling())
    other_numbers, other_names = answers(shuffled, Sampling())
    assert other_numbers == pytest.approx(numbers, rel=EXACT)
    assert other_names == names
