"""Random regular expressions, each with the syntax tree that it stands for."""

from typing import TypeAlias

from hypothesis import strategies as st

from namesmith.pattern import (
    Alternation,
    CharacterClass,
    Concatenation,
    Repeat,
)
from namesmith.vocabulary import Vocabulary

PUNCTUATED = Vocabulary(tuple("..-^ab]"))
"""A vocabulary with symbols that mean something to regular expressions.

In the order of code points, in which ranges are read, the symbols are ``-.]^ab``.
"""

CHARACTERS = "-.^ab]"
"""The characters that a name over ``PUNCTUATED`` can hold."""

Atom: TypeAlias = tuple[str, CharacterClass | Alternation]
Regex: TypeAlias = tuple[str, Alternation]


def of(characters: str) -> CharacterClass:
    """Return the class of characters of ``PUNCTUATED``."""
    return CharacterClass(frozenset(map(PUNCTUATED.ids.__getitem__, characters)))


SYMBOLS: list[Atom] = [
    ("a", of("a")),
    ("B", of("b")),
    ("-", of("-")),
    (r"\-", of("-")),
    (r"\.", of(".")),
    (r"\^", of("^")),
    (r"\]", of("]")),
    (".", of(CHARACTERS)),
]
"""Spellings of single symbols and of the class of any symbol."""

MEMBERS = [
    ("a", "a"),
    ("b", "b"),
    (r"\-", "-"),
    (".", "."),
    (r"\^", "^"),
    (r"\]", "]"),
    ("a-b", "ab"),
    ("b-b", "b"),
    (r"\]-b", "]^ab"),
    (r"\--\^", "-.]^"),
    (r"\--a", "-.]^a"),
]
"""Spellings of the members of a class, each with the characters that it stands for."""

BOUNDS: list[tuple[str, int, int | None]] = [
    ("", 1, 1),
    ("*", 0, None),
    ("+", 1, None),
    ("?", 0, 1),
    ("{0}", 0, 0),
    ("{2}", 2, 2),
    ("{00,2}", 0, 2),
    ("{1,}", 1, None),
]
"""Spellings of repetitions, each with the least and the most times that it stands for."""


@st.composite
def _classes(draw: st.DrawFn) -> Atom:
    negated, hyphen = draw(st.booleans()), draw(st.sampled_from(["", "-"]))
    members = draw(st.lists(st.sampled_from(MEMBERS), min_size=1, max_size=2))
    characters = set("".join(stands_for for _, stands_for in members) + hyphen)
    if negated:
        characters = set(CHARACTERS) - characters
    spelling = "".join(spelt for spelt, _ in members) + hyphen
    return f"[{'^' * negated}{spelling}]", of("".join(characters))


@st.composite
def _repeats(draw: st.DrawFn, atoms: st.SearchStrategy[Atom]) -> tuple[str, Repeat]:
    spelling, atom = draw(atoms)
    bounds, least, most = draw(st.sampled_from(BOUNDS))
    lazy = draw(st.sampled_from(["", "", "?"])) if bounds else ""
    return spelling + bounds + lazy, Repeat(atom, least, most)


@st.composite
def _alternations(draw: st.DrawFn, atoms: st.SearchStrategy[Atom]) -> Regex:
    choices = draw(st.lists(st.lists(_repeats(atoms), max_size=2), min_size=1, max_size=2))
    spelling = "|".join("".join(spelt for spelt, _ in parts) for parts in choices)
    trees = [Concatenation(tuple(tree for _, tree in parts)) for parts in choices]
    return spelling, Alternation(tuple(dict.fromkeys(trees)))


def _groups(atoms: st.SearchStrategy[Atom]) -> st.SearchStrategy[Atom]:
    opened = st.tuples(st.sampled_from(["(", "(?:"]), _alternations(atoms))
    return opened.map(lambda group: (f"{group[0]}{group[1][0]})", group[1][1]))


_LEAVES = st.sampled_from(SYMBOLS) | _classes()

REGEXES = _alternations(_LEAVES | _groups(_LEAVES | _groups(_LEAVES)))
"""Regular expressions over ``PUNCTUATED``, each as its text and its tree.

Groups nest twice at most and hold few parts, so that each regular expression is within the limits
of the compiler and Python's ``re``, which takes exponentially long for loops in loops, matches it.
"""
