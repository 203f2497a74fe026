"""The compiler of regular expressions: which names its automata admit, and what bounds its cost."""

import itertools
import re
import tracemalloc
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from enumeration import PATTERNS, VOCABULARY, words
from namesmith.limits import MAX_PATTERN_CHARACTERS, MAX_PATTERN_POSITIONS
from namesmith.vocabulary import END, Vocabulary
from namesmith_server.engine import Codec
from namesmith_server.engine.constraints import regex_compiler
from namesmith_server.engine.constraints.dfa import DEAD, Dfa
from namesmith_server.engine.constraints.dfa_algebra import minimize, trim
from namesmith_server.engine.constraints.regex_compiler import MAX_STEPS, compile_regex
from namesmith_server.engine.errors import PatternError
from regexes import CHARACTERS, PUNCTUATED, REGEXES, Regex

LETTERS = Vocabulary(tuple(".abcdefghijklmnopqrstuvwxyz"))

SHORT_NAMES = {
    longest: [
        "".join(characters)
        for length in range(longest + 1)
        for characters in itertools.product(CHARACTERS, repeat=length)
    ]
    for longest in (2, 3)
}
"""All names over ``PUNCTUATED`` of up to two and of up to three characters."""

TOO_MANY_STEPS = (
    "needs an automaton that takes more than 100000 steps to make; nest fewer choices and"
    " repetitions"
)


def admits(dfa: Dfa, word: tuple[int, ...] | list[int]) -> bool:
    """Tell whether a DFA admits a name."""
    state = dfa.after(word)
    return state != DEAD and bool(dfa.accepting[state])


def matches(pattern: str, names: list[str]) -> list[bool]:
    """Tell which names Python's ``re`` matches whole, its warnings on set operations aside."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        compiled = re.compile(pattern)
    return [compiled.fullmatch(name) is not None for name in names]


def admitted(dfa: Dfa, vocabulary: Vocabulary, names: list[str]) -> list[bool]:
    """Tell which names a DFA admits."""
    return dfa.admitted(Codec(vocabulary).encode(names)).tolist()


@settings(deadline=None)
@given(PATTERNS)
def test_a_pattern_of_letters_admits_the_names_that_re_matches(pattern: str) -> None:
    """Every name of up to five characters is judged by Python's ``re``."""
    names = [VOCABULARY.decode(word) for word in words(5)]
    dfa = compile_regex(pattern, VOCABULARY)
    assert admitted(dfa, VOCABULARY, names) == matches(pattern, names)


@settings(deadline=None, max_examples=300)
@given(REGEXES, st.lists(st.text(CHARACTERS, min_size=3, max_size=5), min_size=5, max_size=20))
def test_a_pattern_of_the_grammar_admits_the_names_that_re_matches(
    regex: Regex, names: list[str]
) -> None:
    """Random names and all names of up to two characters are judged by Python's ``re``."""
    pattern = PUNCTUATED.normalise(regex[0])
    dfa = compile_regex(regex[0], PUNCTUATED)
    every = names + SHORT_NAMES[2]
    assert admitted(dfa, PUNCTUATED, every) == matches(pattern, every)


@settings(deadline=None, max_examples=1_000)
@given(st.text("ab-^[]{}()|*+?.,\\12$", max_size=12))
def test_any_text_is_refused_or_admits_the_names_that_re_matches(text: str) -> None:
    """Nothing but PatternError is raised; a pattern that is not refused, ``re`` takes too."""
    try:
        dfa = compile_regex(text, PUNCTUATED)
    except PatternError:
        return
    assert admitted(dfa, PUNCTUATED, SHORT_NAMES[3]) == matches(text, SHORT_NAMES[3])


@settings(deadline=None)
@given(REGEXES)
def test_no_state_goes_on_after_the_end_symbol(regex: Regex) -> None:
    """The column of the end symbol is dead, and every state is a row of the table."""
    table, accepting, _ = compile_regex(regex[0], PUNCTUATED)
    assert table.dtype == np.int32
    assert table.shape == (len(accepting), len(PUNCTUATED))
    assert (table[:, END] == DEAD).all()
    assert table.max(initial=0) < len(table)


def test_upper_case_is_folded_where_the_vocabulary_has_none() -> None:
    """A pattern is normalised as the names are that it is held to."""
    hyphened = Vocabulary((".", "-", "a"))
    assert admits(compile_regex(r"A-[A\-]", hyphened), hyphened.encode("a-a"))
    assert not admits(compile_regex(r"a[\-]a", hyphened), hyphened.encode("a--"))
    cased = Vocabulary((".", "A", "a"))
    assert not admits(compile_regex("A", cased), cased.encode("a"))


@pytest.mark.parametrize(
    ("pattern", "description"),
    [
        ("a" * 10_000, "10000 characters, at most 500 are allowed"),
        ("|".join(["ab", "cd"] * 1_000), "5999 characters, at most 500 are allowed"),
        (
            "((a{1,99}){1,99}){1,99}",
            "970299 characters with their repetitions, at most 1000 are allowed",
        ),
        (
            "a{99999999999999}",
            "more than 10^9 characters with their repetitions, at most 1000 are allowed",
        ),
        ("(){999999999}", "999999999 characters with their repetitions, at most 1000 are allowed"),
        ("(()()){501}", "1002 characters with their repetitions, at most 1000 are allowed"),
        ("(a|b|a){501}", "1002 characters with their repetitions, at most 1000 are allowed"),
        ("a{1000,}", "1001 characters with their repetitions, at most 1000 are allowed"),
        *(
            (pattern, TOO_MANY_STEPS)
            for pattern in ("(a|b)*a(a|b){20}", "(.{0,30}a){0,30}", "(.?){1000}", ".*a.{12}")
        ),
    ],
)
def test_a_pattern_that_costs_too_much_is_refused_cheaply(pattern: str, description: str) -> None:
    """The message names the bound; at most 32 MiB are held before the refusal."""
    tracemalloc.start()
    try:
        with pytest.raises(PatternError) as refused:
            compile_regex(pattern, LETTERS)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert refused.value.description == description
    assert peak < 32 << 20


@pytest.mark.parametrize(
    ("pattern", "states"),
    [("(a*)*b", 2), ("((((a*)*)*)*)*b", 2), (".*" * 200, 1), ("(a|b|a|b)*", 1), ("[^a-z]", 1)],
)
def test_a_pattern_of_nested_loops_is_compiled(pattern: str, states: int) -> None:
    """Loops in loops, which take a backtracking matcher forever, have few states."""
    assert len(minimize(trim(compile_regex(pattern, LETTERS), 64)).table) == states


def test_a_pattern_at_the_limits_is_compiled() -> None:
    """The most characters, the most positions and equal choices that count once."""
    longest = compile_regex("a" * MAX_PATTERN_CHARACTERS, LETTERS)
    assert admits(longest, [1] * MAX_PATTERN_CHARACTERS)
    repeated = compile_regex(f"(a|a){{{MAX_PATTERN_POSITIONS}}}", LETTERS)
    assert admits(repeated, [1] * MAX_PATTERN_POSITIONS)
    assert not admits(repeated, [1] * (MAX_PATTERN_POSITIONS - 1))


def test_steps_are_counted_and_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pattern that is compiled stays within the bound; a bound of one step fewer refuses it."""
    counted = []
    take = regex_compiler._Steps.take

    def count(self: regex_compiler._Steps, steps: int) -> None:
        take(self, steps)
        counted.append(steps)

    monkeypatch.setattr(regex_compiler._Steps, "take", count)
    compile_regex("(a|b)*a(a|b){9}", LETTERS)
    assert 1_000 < sum(counted) <= MAX_STEPS
    monkeypatch.setattr(regex_compiler, "MAX_STEPS", sum(counted) - 1)
    with pytest.raises(PatternError):
        compile_regex("(a|b)*a(a|b){9}", LETTERS)
