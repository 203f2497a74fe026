"""Numbered names against an enumeration of all names of small chains."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from enumeration import COMPILER, CONSTRAINTS, SIZE, admitted, along, table
from namesmith.vocabulary import END
from namesmith_server.engine import Chain, Constraint, kinds, native
from namesmith_server.engine.constraints.dfa import anything
from namesmith_server.engine.core import EncodedNames
from namesmith_server.engine.errors import CapacityError, UnsatisfiableError
from namesmith_server.engine.numbering import NO_RANK, NumberedNames, number_names
from random_chains import name_log_probs, random_chain, words_of

Word = tuple[int, ...]


def encoded(words: list[Word]) -> EncodedNames:
    """Encode names that are given by their symbols."""
    return np.array([symbol for word in words for symbol in (*word, END)], dtype=np.int64)


def numbered(seed: int, constraint: Constraint, capacity: int) -> NumberedNames:
    """Return numbered names of a small table under a constraint."""
    prefix, min_length, max_length, content = constraint
    chain, dfa = Chain.from_table(table(seed)), COMPILER.compile(content, max_length)
    return number_names(chain, dfa, prefix, (min_length, max_length), capacity)


def cost(steps: list[float], unit: float) -> int:
    """Return the cost of a name by its definition: each step's improbability, rounded up."""
    return sum(math.ceil(Fraction(max(-step, 0.0)) / Fraction(unit)) for step in steps)


@given(seed=st.integers(0, 20), constraint=CONSTRAINTS, data=st.data())
@settings(max_examples=30)
def test_ranks_number_the_cheapest_names_one_by_one(
    seed: int, constraint: Constraint, data: st.DataObject
) -> None:
    """Ranks are a bijection onto the cheapest admitted names; counts, floor and costs are exact."""
    words = admitted(constraint)
    if not words:
        with pytest.raises(UnsatisfiableError):
            numbered(seed, constraint, 1)
        return
    capacity = data.draw(st.integers(1, len(words)))
    names = numbered(seed, constraint, capacity)
    rows = table(seed).astype(float).tolist()
    steps = {word: list(along(rows, word)) for word in words}
    costs = {word: cost(steps[word], names.unit) for word in words}
    listed = words_of(names.names_of(np.arange(capacity)))
    assert len(set(listed)) == capacity
    assert set(listed) <= set(words)
    assert [costs[word] for word in listed] == sorted(costs.values())[:capacity]
    assert names.floor == -names.unit * max(costs[word] for word in listed)
    assert min(math.fsum(steps[word]) for word in listed) >= names.floor
    assert names.names == sum(-names.unit * costs[word] >= names.floor for word in words)
    assert names.ranks_of(encoded(listed)).tolist() == list(range(capacity))
    others = sorted(set(admitted(Constraint(min_length=0, max_length=6))) - set(listed))[:300]
    assert (names.ranks_of(encoded(others)) == NO_RANK).all()


@given(seed=st.integers(0, 50), constraint=CONSTRAINTS)
@settings(max_examples=10)
def test_compiled_code_and_numpy_number_alike(seed: int, constraint: Constraint) -> None:
    """Counts, names and ranks are the same without compiled code."""
    words = admitted(constraint)
    capacity = max(len(words) // 2, 1)
    if not words:
        return
    compiled = numbered(seed, constraint, capacity)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(native, "available", False)
        plain = numbered(seed, constraint, capacity)
        names = plain.names_of(np.arange(capacity))
        ranks = plain.ranks_of(encoded(words))
    assert plain.totals.tolist() == compiled.totals.tolist()
    assert (plain.unit, plain.floor) == (compiled.unit, compiled.floor)
    assert names.tolist() == compiled.names_of(np.arange(capacity)).tolist()
    assert ranks.tolist() == compiled.ranks_of(encoded(words)).tolist()


@pytest.mark.parametrize("seed", range(4))
def test_steps_of_probability_0_are_never_taken(seed: int) -> None:
    """Exactly the names of positive probability are numbered, where steps are impossible."""
    chain = random_chain(seed, 5, 4)
    log_probs = name_log_probs(chain, chain.log_probs, 5)
    possible = {word for word, value in log_probs.items() if value > -math.inf}
    names = number_names(chain, anything(4), (), (0, 5), len(possible))
    listed = words_of(names.names_of(np.arange(len(possible))))
    assert set(listed) == possible
    assert names.floor <= min(log_probs[word] for word in listed)
    impossible = sorted(set(log_probs) - possible)
    assert (names.ranks_of(encoded(impossible)) == NO_RANK).all()


def test_more_names_than_there_are_cannot_be_numbered() -> None:
    """A capacity above the number of admitted names is refused with that number."""
    constraint = Constraint((), 1, 3, (kinds.Contains((2,)),))
    there = len(admitted(constraint))
    assert numbered(0, constraint, there).names == there
    with pytest.raises(CapacityError, match=f"{there + 1} is above {there}"):
        numbered(0, constraint, there + 1)


@pytest.mark.parametrize("prefix", [(1, 1), (2,)])
def test_an_impossible_prefix_has_no_names(prefix: Word) -> None:
    """Behind a prefix of probability 0 nothing is numbered."""
    log_probs = np.full((SIZE**2, SIZE), -math.log(SIZE), dtype=np.float32)
    log_probs[0, prefix[0]] = -np.inf
    dfa = anything(SIZE)
    with pytest.raises(UnsatisfiableError):
        number_names(Chain.from_table(log_probs), dfa, prefix, (1, 4), 1)


def test_names_of_other_lengths_and_symbols_have_no_rank() -> None:
    """Names that are too long, too short, or without the prefix have no rank; others have."""
    names = numbered(1, Constraint((1,), 2, 3), 4)
    own = words_of(names.names_of(np.arange(4)))
    mixed = [own[3], (), (1,), (2, 2), (1,) * 9, own[0], (1, 2, 3, 4)]
    assert names.ranks_of(encoded(mixed)).tolist() == [3, -1, -1, -1, -1, 0, -1]


def test_a_capacity_of_2_to_the_40_is_numbered_within_the_bound_on_counts() -> None:
    """The unit coarsens where names are many; random ranks are read back from their names."""
    chain = random_chain(0, 500, 20)
    names = number_names(chain, anything(20), (), (1, 32), 1 << 40)
    ranks = np.random.default_rng(0).integers(1 << 40, size=1_000)
    assert names.names >= 1 << 40
    assert names.ranks_of(names.names_of(ranks)).tolist() == ranks.tolist()
