"""DFAs: the names that words, exclusions, intersections, trimming and minimization admit."""

import re
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from enumeration import CODEC, PATTERNS, SIZE, VOCABULARY, parts, words
from namesmith_server.engine.constraints import dfa_algebra
from namesmith_server.engine.constraints.dfa import (
    DEAD,
    Dfa,
    anything,
    containing,
    ending,
    nothing,
)
from namesmith_server.engine.constraints.dfa_algebra import (
    excluding,
    intersection,
    minimize,
    trim,
)
from namesmith_server.engine.constraints.regex_compiler import compile_regex
from namesmith_server.engine.core import EncodedNames
from namesmith_server.engine.errors import TooComplexError

WORDS = list(words(5))
NAMES = [VOCABULARY.decode(word) for word in WORDS]
ENCODED = CODEC.encode(NAMES)

SHORT = sum(1 for word in WORDS if len(word) <= 4)
"""Number of names of up to four characters, which stand first."""


def encoded(names: list[tuple[int, ...]]) -> EncodedNames:
    """Return names, given by their symbols, as encoded names."""
    return CODEC.encode([VOCABULARY.decode(name) for name in names])


def admits(dfa: Dfa) -> list[bool]:
    """Tell of each of ``NAMES`` whether a DFA admits it; the first are read by ``after`` too."""
    admitted = dfa.admitted(ENCODED).tolist()
    states = [dfa.after(word) for word in WORDS[:SHORT]]
    assert admitted[:SHORT] == [state != DEAD and bool(dfa.accepting[state]) for state in states]
    return admitted


@settings(deadline=None)
@given(PATTERNS)
def test_trimming_and_minimizing_keep_the_names_that_a_pattern_admits(pattern: str) -> None:
    """Each name of up to five characters is admitted where Python's ``re`` matches it."""
    dfa = compile_regex(pattern, VOCABULARY)
    small = minimize(trim(dfa, 5))
    matches = [re.fullmatch(pattern, name) is not None for name in NAMES]
    assert admits(dfa) == matches
    assert admits(small) == matches
    assert len(small.table) <= len(dfa.table)


@settings(deadline=None)
@given(parts(2), parts(2), st.lists(parts(3), max_size=4))
def test_an_intersection_admits_the_names_that_all_its_dfas_admit(
    suffix: tuple[int, ...], part: tuple[int, ...], names: list[tuple[int, ...]]
) -> None:
    """DFAs of a suffix, a contained word and excluded names admit by these definitions."""
    ends, holds = ending(suffix, SIZE), containing(part, SIZE)
    avoids = excluding(anything(SIZE), encoded(names))
    together = minimize(trim(intersection(intersection(ends, holds), avoids), 5))
    with_suffix = [name.endswith(VOCABULARY.decode(suffix)) for name in NAMES]
    with_part = [VOCABULARY.decode(part) in name for name in NAMES]
    not_excluded = [word not in names for word in WORDS]
    assert admits(ends) == with_suffix
    assert admits(holds) == with_part
    assert admits(avoids) == not_excluded
    expected = zip(with_suffix, with_part, not_excluded, strict=True)
    assert admits(together) == [all(one) for one in expected]


@settings(deadline=None)
@given(PATTERNS, st.lists(parts(4), max_size=12))
def test_excluded_names_are_the_only_ones_that_are_missing(
    pattern: str, names: list[tuple[int, ...]]
) -> None:
    """Any DFA loses the excluded names alone, though some stand twice or were never admitted."""
    whole = compile_regex(pattern, VOCABULARY)
    without = excluding(whole, encoded(names))
    expected = [
        admitted and word not in names for word, admitted in zip(WORDS, admits(whole), strict=True)
    ]
    assert admits(without) == expected
    assert admits(trim(without, 5)) == expected


@settings(deadline=None)
@given(PATTERNS, st.lists(parts(4), max_size=12))
def test_one_name_alone_leads_to_each_state_of_a_trie(
    pattern: str, names: list[tuple[int, ...]]
) -> None:
    """Each of the first ``tree`` states is reached by exactly one name."""
    dfa = trim(excluding(compile_regex(pattern, VOCABULARY), encoded(names)), 5)
    reached = Counter(dfa.after(word) for word in WORDS)
    assert all(reached[state] == 1 for state in range(dfa.tree))


@settings(deadline=None)
@given(PATTERNS, st.lists(parts(5), max_size=6))
def test_a_name_is_admitted_alone_as_among_others(
    pattern: str, names: list[tuple[int, ...]]
) -> None:
    """No name, one name and many names, repeated ones too, are each judged by themselves."""
    dfa = compile_regex(pattern, VOCABULARY)
    alone = [dfa.admitted(encoded([name])).tolist() for name in names]
    assert dfa.admitted(encoded(names)).tolist() == [admitted for (admitted,) in alone]


def test_a_dfa_of_everything_and_of_nothing_admit_all_and_no_names() -> None:
    """The empty name is one of all names."""
    assert all(admits(anything(SIZE)))
    assert not any(admits(nothing(SIZE)))


def test_trimming_leaves_nothing_of_a_dfa_that_admits_no_name() -> None:
    """One state is left, from which no symbol leads on."""
    impossible = intersection(ending((1,), SIZE), compile_regex("b*", VOCABULARY))
    assert trim(impossible, 64).table.tolist() == [[DEAD] * SIZE]
    assert not trim(compile_regex("a{5}", VOCABULARY), 4).accepting.any()


def test_a_minimization_that_its_hash_misled_is_not_made(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where inequivalent states get one hash, the DFA comes back unchanged."""
    dfa = compile_regex("ab|cb", VOCABULARY)
    assert len(minimize(dfa).table) < len(dfa.table)
    monkeypatch.setattr(dfa_algebra, "_hashed", lambda rows: np.zeros(len(rows), np.uint64))
    assert minimize(dfa) is dfa


def test_an_intersection_of_too_many_states_is_refused() -> None:
    """The states are counted while they are found, and the bound is told."""
    primes = [compile_regex(f"(?:.{{{prime}}})*", VOCABULARY) for prime in (59, 61, 73)]
    two = intersection(*primes[:2])
    assert len(two.table) == 59 * 61
    with pytest.raises(TooComplexError, match="needs more than 262144 states; simplify it"):
        intersection(two, primes[2])


@settings(deadline=None)
@given(parts(5))
def test_the_dfa_of_a_suffix_is_minimal(word: tuple[int, ...]) -> None:
    """It has a state for each character and the start, and minimizing finds nothing."""
    dfa = ending(word, SIZE)
    assert len(dfa.table) == len(minimize(dfa).table) == len(word) + 1
