"""A DFA behind a prefix and between lengths: its names are counted, its dead ends are known."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from enumeration import COMPILER, CONSTRAINTS, SIZE, admitted
from namesmith_server.engine import Constraint
from namesmith_server.engine.constraints import DEAD, BoundedDfa


def bounded(constraint: Constraint) -> BoundedDfa:
    """Return the names that a constraint admits."""
    prefix, min_length, max_length, content = constraint
    return BoundedDfa(COMPILER.compile(content, max_length), prefix, min_length, max_length)


@settings(deadline=None)
@given(CONSTRAINTS, st.integers(1, 10_000))
def test_names_that_satisfy_a_constraint_are_counted(constraint: Constraint, most: int) -> None:
    """The count is the enumeration's, up to the bound."""
    names = len(admitted(constraint))
    assert bounded(constraint).count() == names
    assert bounded(constraint).count(most) == min(names, most)


@settings(deadline=None)
@given(CONSTRAINTS)
def test_a_walk_that_avoids_dead_ends_reads_the_admitted_names_alone(
    constraint: Constraint,
) -> None:
    """Behind every prefix that is alive stands an admitted name, and behind no other."""
    names, found, beginnings = bounded(constraint), [], set()
    walked = [(constraint.prefix, names.start)] if names.start != DEAD else []
    for word, state in walked:  # the list grows meanwhile
        states, lengths = np.array([state]), np.array([len(word)])
        if names.may_end(states, lengths)[0]:
            found.append(word)
        beginnings.add(word)
        after = names.onward(states, lengths)[0].tolist()
        walked += [((*word, x), after[x]) for x in range(SIZE) if after[x] != DEAD]
    expected = admitted(constraint)
    assert sorted(found) == sorted(expected)
    first = len(constraint.prefix)
    alive = {word[:end] for word in expected for end in range(first, len(word) + 1)}
    assert beginnings - {constraint.prefix} == alive - {constraint.prefix}
