"""The compiled walk draws the names of ``markov.sample_batch``, symbol for symbol."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from enumeration import CONSTRAINTS, SAMPLINGS, conditioned
from namesmith.limits import MAX_LENGTH, MAX_ROW
from namesmith_server.engine import Chain, Constraint, EncodedNames, Sampling, native
from namesmith_server.engine.constraints.dfa import containing
from namesmith_server.engine.distributions import ProcessedTable, row_keys
from namesmith_server.engine.errors import UnsatisfiableError
from namesmith_server.engine.markov import (
    ConditionedChain,
    free_trellis,
    reachable_trellis,
    sample_batch,
)
from random_chains import random_chain

VOCAB_SIZE, BLOCK_SIZE = 5, 2
COUNT = 40

LANES = 16
"""Names that the compiled walk draws side by side."""

TABLES = st.integers(0, 100)
ROWS = st.integers(0, MAX_ROW - COUNT)
SEEDS = st.integers(0, 2**64 - 1)
LENGTHS = st.tuples(st.integers(0, 6), st.integers(1, 12)).map(sorted)
MILD_SAMPLINGS = st.builds(
    Sampling,
    st.sampled_from([0.0, 0.5, 1.0, 3.0]),
    st.integers(0, 2),
    st.sampled_from([0.5, 1.0]),
    st.sampled_from([0.0, 0.1]),
)


def table_chain(seed: int) -> Chain:
    """Return the chain of a table of five symbols with two of context, some impossible."""
    rng = np.random.default_rng(seed)
    weights = rng.random((VOCAB_SIZE**BLOCK_SIZE, VOCAB_SIZE)) ** 3
    with np.errstate(divide="ignore"):
        log_probs = np.log(weights / weights.sum(1, keepdims=True)).astype(np.float32)
    return Chain.from_table(log_probs)


def free_chain(
    chain: Chain, sampling: Sampling, min_length: int, max_length: int
) -> ConditionedChain:
    """Return a chain conditioned on lengths alone."""
    table = ProcessedTable(chain.log_probs, sampling)
    return ConditionedChain(table, free_trellis(chain, max_length), (), min_length)


def walk(
    chain: ConditionedChain, prefix: tuple[int, ...], seed: int, first: int, count: int
) -> EncodedNames:
    """Return the names that compiled code draws for the arguments of ``sample_batch``."""
    start = chain.start(prefix)
    return native.walk(chain.packed, prefix, *start, seed, first, count, chain.max_length)


def assert_same_names(
    chain: ConditionedChain, prefix: tuple[int, ...], seed: int, first: int, count: int = COUNT
) -> None:
    """Assert that compiled code and numpy draw equal symbols, together and a row by itself."""
    names = sample_batch(chain, prefix, row_keys(seed, first, count))
    assert walk(chain, prefix, seed, first, count).tolist() == names.tolist()
    row = count // 2
    alone = np.split(names, np.flatnonzero(names == 0) + 1)[row].tolist()
    assert walk(chain, prefix, seed, first + row, 1).tolist() == alone
    assert sample_batch(chain, prefix, row_keys(seed, first + row, 1)).tolist() == alone


@settings(deadline=None)
@given(
    table=TABLES,
    sampling=MILD_SAMPLINGS,
    lengths=LENGTHS,
    prefix=st.lists(st.integers(1, VOCAB_SIZE - 1), max_size=4).map(tuple),
    seed=SEEDS,
    first=ROWS,
)
def test_a_table_under_lengths_is_walked_alike(
    table: int,
    sampling: Sampling,
    lengths: list[int],
    prefix: tuple[int, ...],
    seed: int,
    first: int,
) -> None:
    """Any prefix leads into the trellis, or both walks refuse it."""
    max_length = max(lengths[1], 1, len(prefix))
    chain = free_chain(table_chain(table), sampling, lengths[0], max_length)
    try:
        sample_batch(chain, prefix, row_keys(seed, first, 1))
    except UnsatisfiableError:
        with pytest.raises(UnsatisfiableError):
            walk(chain, prefix, seed, first, 1)
        return
    assert_same_names(chain, prefix, seed, first)


@settings(deadline=None)
@given(TABLES, SAMPLINGS, CONSTRAINTS, SEEDS, ROWS)
def test_a_table_under_a_constraint_is_walked_alike(
    table: int, sampling: Sampling, constraint: Constraint, seed: int, first: int
) -> None:
    """The states of a chain and a DFA together are walked to equal symbols."""
    chain = conditioned(table, sampling, constraint)
    assume(chain.start_or_none(constraint.prefix))
    assert_same_names(chain, constraint.prefix, seed, first)


@settings(deadline=None)
@given(
    chain=st.builds(
        random_chain, TABLES, st.integers(1, 300), st.sampled_from([2, 7, 8, 9, 16, 17, 27])
    ),
    sampling=MILD_SAMPLINGS,
    lengths=LENGTHS,
    prefix=st.lists(st.just(1), max_size=2).map(tuple),
    is_free=st.booleans(),
    seed=SEEDS,
    first=ROWS,
)
def test_a_random_successor_table_is_walked_alike(
    chain: Chain,
    sampling: Sampling,
    lengths: list[int],
    prefix: tuple[int, ...],
    is_free: bool,  # noqa: FBT001 - drawn by hypothesis
    seed: int,
    first: int,
) -> None:
    """Chains of any states and vocabularies around the width of a vector are walked alike."""
    min_length, max_length = lengths[0], max(lengths[1], len(prefix))
    if is_free:
        found = free_chain(chain, sampling, min_length, max_length)
    else:
        dfa = containing((1,), chain.vocab_size)
        trellis = reachable_trellis(chain, dfa, prefix, max_length)
        table = ProcessedTable(chain.log_probs, sampling)
        found = ConditionedChain(table, trellis, prefix, min_length)
    assume(found.start_or_none(prefix))
    assert_same_names(found, prefix, seed, first)


@pytest.mark.parametrize(
    "count",
    [
        *range(1, LANES + 2),
        *(2 * LANES - 1, 2 * LANES + 1),
        *(native.FEW - 1, native.FEW, native.FEW + 1, native.FEW + LANES + 3),
        5_000,
    ],
)
@pytest.mark.parametrize("min_length", [1, MAX_LENGTH])
def test_any_number_of_names_is_walked_alike(count: int, min_length: int) -> None:
    """Counts around the lanes, and above the one from which other threads run, change no name."""
    chain = free_chain(table_chain(1), Sampling(), min_length, MAX_LENGTH)
    assert_same_names(chain, (), 1, 3, count)
