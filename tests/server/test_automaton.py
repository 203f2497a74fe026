"""Automata admit the names that they should, and no other."""

import re
from collections import Counter
from collections.abc import Iterable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from namesmith_server.engine.automaton import (
    DEAD,
    Automaton,
    anything,
    containing,
    ending,
    excluding,
    intersection,
    merged,
    trimmed,
)
from namesmith_server.engine.parameters import Constraint, Language
from namesmith_server.engine.rejecting import count
from namesmith_server.engine.stream import Stream

from enumeration import (
    ADMITTED,
    CONSTRAINTS,
    LANGUAGES,
    PATTERNS,
    SIZE,
    VOCABULARY,
    admitted,
    parts,
    words,
)
from namesmith.vocabulary import END
from namesmith_server.engine.constraints.regex_compiler import compile_regex
from namesmith_server.engine.errors import TooComplexError

WORDS = [(word, VOCABULARY.decode(word)) for word in words(5)]


def stream(names: Iterable[tuple[int, ...]]) -> Stream:
    """Names, each with its end symbol."""
    return np.array([symbol for name in names for symbol in (*name, END)], dtype=np.int64)


def accepts(automaton: Automaton, word: tuple[int, ...]) -> bool:
    """Whether an automaton admits a name, read symbol by symbol and as one of a stream."""
    state = automaton.after(word)
    admits = state != DEAD and bool(automaton.accepting[state])
    assert automaton.admitted(stream([word])).tolist() == [admits]
    return admits


@settings(deadline=None)
@given(PATTERNS)
def test_trimming_and_merging_keep_the_names_that_a_pattern_admits(pattern: str) -> None:
    """Each name of up to five characters is admitted where Python's ``re`` matches it."""
    automaton = compile_regex(pattern, VOCABULARY)
    small = merged(trimmed(automaton, 5))
    for word, name in WORDS:
        matches = re.fullmatch(pattern, name) is not None
        assert accepts(automaton, word) == accepts(small, word) == matches
    assert len(small.table) <= len(automaton.table)


@settings(deadline=None)
@given(LANGUAGES)
def test_words_and_their_intersection_admit_what_they_say(language: Language) -> None:
    """Ending, containing and excluding, each alone and all together."""
    ends, holds = ending(language.suffix, SIZE), containing(language.contains, SIZE)
    avoids = excluding(anything(SIZE), stream(language.forbidden))
    together = merged(trimmed(intersection(intersection(ends, holds), avoids), 5))
    suffix, part = VOCABULARY.decode(language.suffix), VOCABULARY.decode(language.contains)
    for word, name in WORDS:
        assert accepts(ends, word) == name.endswith(suffix)
        assert accepts(holds, word) == (part in name)
        assert accepts(avoids, word) == (word not in language.forbidden)
        admits = accepts(ends, word) and accepts(holds, word) and accepts(avoids, word)
        assert accepts(together, word) == admits


@settings(deadline=None)
@given(PATTERNS, st.lists(parts(4), max_size=12))
def test_excluded_names_are_the_only_ones_that_are_missing(
    pattern: str, names: list[tuple[int, ...]]
) -> None:
    """Of any automaton's; none, one and many excluded, some of them twice or never admitted."""
    whole = compile_regex(pattern, VOCABULARY)
    without = excluding(whole, stream(names))
    small = trimmed(without, 5)
    every = stream([word for word, _ in WORDS])
    left = [word for word, _ in WORDS if accepts(whole, word) and word not in names]
    assert [word for word, _ in WORDS if accepts(without, word)] == left
    for automaton in (without, small):
        assert [WORDS[i][0] for i in np.flatnonzero(automaton.admitted(every))] == left


@settings(deadline=None)
@given(PATTERNS, st.lists(parts(4), max_size=12))
def test_one_name_alone_leads_to_each_state_of_a_tree(
    pattern: str, names: list[tuple[int, ...]]
) -> None:
    """Which is what tells its context."""
    automaton = trimmed(excluding(compile_regex(pattern, VOCABULARY), stream(names)), 5)
    reached = Counter(automaton.after(word) for word, _ in WORDS)
    assert all(reached[state] == 1 for state in range(automaton.tree))


def test_nothing_is_left_of_what_cannot_end() -> None:
    """One state, from which nothing leads on: no product is built of it."""
    impossible = intersection(ending((1,), SIZE), compile_regex("b*", VOCABULARY))
    assert trimmed(impossible, 64).table.tolist() == [[-1] * SIZE]
    assert not trimmed(compile_regex("a{5}", VOCABULARY), 4).accepting.any()


def test_a_merge_that_its_hash_misled_is_not_made(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where states of different ways on get one hash, the automaton stays as it is."""
    automaton = compile_regex("ab|cb", VOCABULARY)
    assert len(merged(automaton).table) < len(automaton.table)
    monkeypatch.setattr(
        "namesmith_server.engine.automaton._hashed", lambda rows: np.zeros(len(rows), np.uint64)
    )
    assert merged(automaton) is automaton


@settings(deadline=None)
@given(CONSTRAINTS, st.integers(1, 10_000))
def test_names_that_satisfy_a_constraint_are_counted(constraint: Constraint, most: int) -> None:
    """As many as the enumeration finds, and no further than asked."""
    names = len(admitted(constraint))
    assert count(ADMITTED.automaton(constraint), constraint, most) == min(names, most)


def test_an_intersection_is_bounded() -> None:
    """More states than it may have are refused while they are counted."""
    primes = [compile_regex(f"(?:.{{{prime}}})*", VOCABULARY) for prime in (29, 31, 37)]
    two = intersection(*primes[:2])
    assert len(two.table) == 29 * 31
    with pytest.raises(TooComplexError, match="needs more than 16384 states; simplify it"):
        intersection(two, primes[2])


@settings(deadline=None)
@given(parts(5))
def test_an_automaton_for_a_word_is_as_small_as_it_can_be(word: tuple[int, ...]) -> None:
    """A state a character and the start: merging finds nothing."""
    assert len(ending(word, SIZE).table) == len(merged(ending(word, SIZE)).table) == len(word) + 1
