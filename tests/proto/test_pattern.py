"""The syntax of regular expressions: the tree of a pattern, and the refusal of any other text."""

import tracemalloc

import pytest
from hypothesis import given, settings

from namesmith.limits import MAX_PATTERN_DEPTH
from namesmith.pattern import (
    Alternation,
    CharacterClass,
    Concatenation,
    Node,
    PatternSyntaxError,
    Repeat,
    parse_pattern,
)
from namesmith.vocabulary import Vocabulary
from regexes import PUNCTUATED, REGEXES, Regex

LETTERS = Vocabulary(tuple(".abcdefghijklmnopqrstuvwxyz"))
ALPHABET = "'abcdefghijklmnopqrstuvwxyz'"


@settings(deadline=None, max_examples=250)
@given(REGEXES)
def test_a_spelling_is_parsed_into_its_tree(regex: Regex) -> None:
    """Escapes, ranges, negations, lazy marks and both kinds of groups stand for their nodes."""
    spelling, tree = regex
    assert parse_pattern(PUNCTUATED.normalise(spelling), PUNCTUATED) == tree


def test_a_tree_holds_ids_of_the_vocabulary() -> None:
    """A range and a negated class hold the symbols of the vocabulary alone, without its end."""
    odd = Vocabulary((".", "g", "a", "c", "e"))
    tree = parse_pattern("[a-e]*|[^a].", odd)
    assert tree == Alternation(
        (
            Concatenation((Repeat(CharacterClass(frozenset({2, 3, 4})), 0, None),)),
            Concatenation(
                (
                    Repeat(CharacterClass(frozenset({1, 3, 4})), 1, 1),
                    Repeat(CharacterClass(frozenset({1, 2, 3, 4})), 1, 1),
                )
            ),
        )
    )


def test_an_empty_pattern_and_an_empty_group_have_one_choice_without_parts() -> None:
    """An empty text stands for the empty name; equal choices stand once."""
    empty = Alternation((Concatenation(()),))
    assert parse_pattern("", LETTERS) == empty
    assert parse_pattern("(|)", LETTERS) == Alternation((Concatenation((Repeat(empty, 1, 1),)),))


def test_the_deepest_nesting_is_parsed() -> None:
    """Groups nest up to the limit, and groups side by side do not nest."""
    tree: Node = parse_pattern("(" * MAX_PATTERN_DEPTH + "a" + ")" * MAX_PATTERN_DEPTH, LETTERS)
    for _ in range(MAX_PATTERN_DEPTH):
        assert isinstance(tree, Alternation)
        ((group,),) = (choice.parts for choice in tree.choices)
        tree = group.atom
    assert tree == parse_pattern("a", LETTERS)
    (beside,) = parse_pattern("(a)" * 2 * MAX_PATTERN_DEPTH, LETTERS).choices
    assert len(beside.parts) == 2 * MAX_PATTERN_DEPTH


@pytest.mark.parametrize(
    ("pattern", "description"),
    [
        ("(" * 51 + "a" + ")" * 51, "groups nest deeper than 50 at position 50"),
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
        ("bb[z-a]", "'z-a' at position 3: the bounds of a range are in the wrong order"),
        ("b[1]", "character '1' at position 2 is not in the vocabulary: " + ALPHABET),
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
def test_a_text_outside_the_grammar_is_refused_by_its_position(
    pattern: str, description: str
) -> None:
    """The message holds the token, its position and the reason; at most 32 MiB are held."""
    tracemalloc.start()
    try:
        with pytest.raises(PatternSyntaxError) as refused:
            parse_pattern(pattern, LETTERS)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert str(refused.value) == description
    assert peak < 32 << 20
