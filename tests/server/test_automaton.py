"""Automata admit the names that they should, and no other."""

import re
import tracemalloc
from collections import Counter
from collections.abc import Iterable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

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
from namesmith.vocabulary import END, Vocabulary
from namesmith_server.engine import pattern as engine
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
from namesmith_server.engine.errors import PatternError, TooComplexError
from namesmith_server.engine.parameters import Constraint, Language
from namesmith_server.engine.pattern import MAX_STEPS, compiled
from namesmith_server.engine.rejecting import count
from namesmith_server.engine.stream import Stream

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


LETTERS = Vocabulary(tuple(".abcdefghijklmnopqrstuvwxyz"))
ALPHABET = "'abcdefghijklmnopqrstuvwxyz'"
MARKED = Vocabulary(tuple(".-^ab]"))


@given(PATTERNS)
def test_a_pattern_admits_what_re_matches_whole(pattern: str) -> None:
    """All names of up to five characters, of which Python's own engine is the judge."""
    automaton = compiled(pattern, VOCABULARY)
    small = merged(trimmed(automaton, 5))
    for word, name in WORDS:
        matches = re.fullmatch(pattern, name) is not None
        assert accepts(automaton, word) == accepts(small, word) == matches
    assert len(small.table) <= len(automaton.table)


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


@given(PATTERNS, st.lists(parts(4), max_size=12))
def test_excluded_names_are_the_only_ones_that_are_missing(
    pattern: str, names: list[tuple[int, ...]]
) -> None:
    """Of any automaton's; none, one and many excluded, some of them twice or never admitted."""
    whole = compiled(pattern, VOCABULARY)
    without = excluding(whole, stream(names))
    small = trimmed(without, 5)
    every = stream([word for word, _ in WORDS])
    left = [word for word, _ in WORDS if accepts(whole, word) and word not in names]
    assert [word for word, _ in WORDS if accepts(without, word)] == left
    for automaton in (without, small):
        assert [WORDS[i][0] for i in np.flatnonzero(automaton.admitted(every))] == left


@given(PATTERNS, st.lists(parts(4), max_size=12))
def test_one_name_alone_leads_to_each_state_of_a_tree(
    pattern: str, names: list[tuple[int, ...]]
) -> None:
    """Which is what tells its context."""
    automaton = trimmed(excluding(compiled(pattern, VOCABULARY), stream(names)), 5)
    reached = Counter(automaton.after(word) for word, _ in WORDS)
    assert all(reached[state] == 1 for state in range(automaton.tree))


def test_nothing_is_left_of_what_cannot_end() -> None:
    """One state, from which nothing leads on: no product is built of it."""
    impossible = intersection(ending((1,), SIZE), compiled("b*", VOCABULARY))
    assert trimmed(impossible, 64).table.tolist() == [[-1] * SIZE]
    assert not trimmed(compiled("a{5}", VOCABULARY), 4).accepting.any()


def test_a_merge_that_its_hash_misled_is_not_made(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where states of different ways on get one hash, the automaton stays as it is."""
    automaton = compiled("ab|cb", VOCABULARY)
    assert len(merged(automaton).table) < len(automaton.table)
    monkeypatch.setattr(
        "namesmith_server.engine.automaton._hashed", lambda rows: np.zeros(len(rows), np.uint64)
    )
    assert merged(automaton) is automaton


@given(CONSTRAINTS, st.integers(1, 10_000))
def test_names_that_satisfy_a_constraint_are_counted(constraint: Constraint, most: int) -> None:
    """As many as the enumeration finds, and no further than asked."""
    names = len(admitted(constraint))
    assert count(ADMITTED.automaton(constraint), constraint, most) == min(names, most)


def test_an_intersection_is_bounded() -> None:
    """More states than it may have are refused while they are counted."""
    primes = [compiled(f"(?:.{{{prime}}})*", VOCABULARY) for prime in (29, 31, 37)]
    two = intersection(*primes[:2])
    assert len(two.table) == 29 * 31
    with pytest.raises(TooComplexError, match="needs more than 16384 states; simplify it"):
        intersection(two, primes[2])


@given(parts(5))
def test_an_automaton_for_a_word_is_as_small_as_it_can_be(word: tuple[int, ...]) -> None:
    """A state a character and the start: merging finds nothing."""
    assert len(ending(word, SIZE).table) == len(merged(ending(word, SIZE)).table) == len(word) + 1


@pytest.mark.parametrize(
    ("pattern", "description"),
    [
        ("a" * 10_000, "10000 characters, at most 500 are allowed"),
        ("|".join(["ab", "cd"] * 1_000), "5999 characters, at most 500 are allowed"),
        ("(" * 51 + "a" + ")" * 51, "groups nest deeper than 50 at position 50"),
        (
            "((a{1,99}){1,99}){1,99}",
            "970299 characters with their repetitions, at most 1000 are allowed",
        ),
        (
            "a{99999999999999}",
            "more than 10^9 characters with their repetitions, at most 1000 are allowed",
        ),
        ("(){999999999}", "999999999 characters with their repetitions, at most 1000 are allowed"),
        *(
            (
                pattern,
                (
                    "needs an automaton that takes more than 100000 steps to make; nest fewer"
                    " choices and repetitions"
                ),
            )
            for pattern in ("(a|b)*a(a|b){20}", "(.{0,30}a){0,30}", "(.?){1000}", ".*a.{12}")
        ),
        (
            r"(a)\1",
            (
                r"'\\1' at position 3: only punctuation can be escaped; back-references and the"
                " like are not allowed"
            ),
        ),
        (
            "(?=a)b",
            "'(?' at position 0: groups with an extension, such as look-around, are not allowed",
        ),
        (
            "(?P<x>a)",
            "'(?' at position 0: groups with an extension, such as look-around, are not allowed",
        ),
        (
            "^a$",
            "'^' at position 0: anchors are not allowed, a pattern always matches the whole name",
        ),
        (
            "ka1",
            "character '1' at position 2 is not in the vocabulary: 'abcdefghijklmnopqrstuvwxyz'",
        ),
        (
            "[a-é]",
            "character 'é' at position 3 is not in the vocabulary: 'abcdefghijklmnopqrstuvwxyz'",
        ),
        (
            "[.]",
            "character '.' at position 1 is not in the vocabulary: 'abcdefghijklmnopqrstuvwxyz'",
        ),
        (r"a\.", "character '.' at position 2 is not in the vocabulary: " + ALPHABET),
        (r"a\-", "character '-' at position 2 is not in the vocabulary: " + ALPHABET),
        ("[a-]", "character '-' at position 2 is not in the vocabulary: " + ALPHABET),
        ("a[]", "'[]' at position 1: a class holds one character at least"),
        ("a[^]b]", "'[^]' at position 1: a class holds one character at least"),
        ("b[a", "'[a' at position 1: the class is not closed"),
        ("[z-a]", "'z-a' at position 1: the bounds of a range are in the wrong order"),
        ("a{5,2}", "'{5,2}' at position 1: the bounds of a repetition are in the wrong order"),
        *(
            (
                f"a{count}",
                f"'{count}' at position 1: a repetition is written as {{2}}, {{2,}} or {{2,4}}",
            )
            for count in ("{,3}", "{}", "{,}", "{b}", "{ 2}", "{-1}")
        ),
        ("a{2", "'{' at position 1: a bracket that opens or closes nothing"),
        ("a]", "']' at position 1: a bracket that opens or closes nothing"),
        ("*a", "'*' at position 0: there is nothing to repeat"),
        ("(|{2})", "'{2}' at position 2: there is nothing to repeat"),
        *(
            (
                f"a*{repeated}",
                (
                    f"'{repeated}' at position 2: there is nothing to repeat but a repetition,"
                    " which needs a group around it"
                ),
            )
            for repeated in ("*", "+", "{2}")
        ),
        ("a)", "')' at position 1: it closes no group"),
        ("(a", "'(' at position 0: the group is not closed"),
        ("((a)", "'(' at position 0: the group is not closed"),
        (
            "a\\",
            (
                r"'\\' at position 1: only punctuation can be escaped; back-references and the"
                " like are not allowed"
            ),
        ),
    ],
)
def test_a_pattern_that_is_none_or_costs_too_much_is_refused_cheaply(
    pattern: str, description: str
) -> None:
    """The message says what is wrong and where; at most 32 MiB are held on the way."""
    tracemalloc.start()
    try:
        with pytest.raises(PatternError) as refused:
            compiled(pattern, LETTERS)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert refused.value.description == description
    assert peak < 32 << 20


@pytest.mark.parametrize(
    ("pattern", "states"),
    [("(a*)*b", 2), ("((((a*)*)*)*)*b", 2), (".*" * 200, 1), ("(a|b|a|b)*", 1), ("[^a-z]", 1)],
)
def test_a_pattern_that_looks_hostile_and_is_not_is_answered(pattern: str, states: int) -> None:
    """Nested loops cost nothing here: there is no backtracking."""
    assert len(merged(trimmed(compiled(pattern, LETTERS), 64)).table) == states


@settings(max_examples=1_000)
@given(st.text("ab-^[]{}()|*+?.,\\12$", max_size=12))
def test_any_text_is_refused_or_means_what_it_does_to_re(text: str) -> None:
    """Nothing else is raised; what is not refused, Python's own engine takes too."""
    try:
        automaton = compiled(text, MARKED)
    except PatternError:
        return
    matches = re.compile(text).fullmatch
    for word in (word for word, _ in WORDS if len(word) <= 3):
        assert accepts(automaton, word) == (matches(MARKED.decode(word)) is not None)


def test_steps_are_counted_and_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pattern that is answered stays within the bound; one step fewer refuses it."""
    counted = []
    spend = engine._Positions._spend

    def count(self: engine._Positions, steps: int) -> None:
        spend(self, steps)
        counted.append(steps)

    monkeypatch.setattr(engine._Positions, "_spend", count)
    compiled("(a|b)*a(a|b){9}", LETTERS)
    assert 1_000 < sum(counted) <= MAX_STEPS
    monkeypatch.setattr(engine, "MAX_STEPS", sum(counted) - 1)
    with pytest.raises(PatternError):
        compiled("(a|b)*a(a|b){9}", LETTERS)


def test_escapes_stand_for_punctuation_of_the_vocabulary() -> None:
    """A hyphen that names may have; upper case where the vocabulary has none."""
    hyphened = Vocabulary((".", "-", "a"))
    assert accepts(compiled(r"A-[a\-]", hyphened), (2, 1, 1))
    assert not accepts(compiled(r"a[\-]a", hyphened), (2, 2, 2))
