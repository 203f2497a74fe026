"""Tests of two distributions over the same categories."""

import random

import pytest

from namesmith_trainer.report.shares import CATEGORIES, Shares, standing, visible


@pytest.mark.parametrize(
    ("trained", "drawn", "first", "last"),
    [
        (dict.fromkeys(range(1, 21), 1 / 20), {30: 0.5, 70: 0.5}, "1", "26+"),
        (dict.fromkeys(range(1, 61), 1 / 60), {30: 0.5, 90: 0.5}, "1\u20133", "76+"),
        ({100: 1.0}, {1: 0.5, 100: 0.5}, "1\u20134", "97\u2013100"),
        ({5: 0.995, 300: 0.005}, {5: 1.0}, "1", "26+"),
        ({3: 1.0}, {3: 1.0}, "1", "3"),
    ],
)
def test_lengths_of_any_list_have_few_rows_of_equal_width(
    trained: dict[int, float], drawn: dict[int, float], first: str, last: str
) -> None:
    """Long names are counted several lengths at once; a few far longer ones in the last row."""
    shares = Shares.of_lengths(trained, drawn, 10)
    assert len(shares.rows) <= CATEGORIES
    assert (shares.rows[0][0], shares.rows[-1][0]) == (first, last)
    assert sum(p for _, p, _ in shares.rows) == pytest.approx(1)
    assert sum(q for _, _, q in shares.rows) == pytest.approx(1)


def test_rare_letters_of_a_large_alphabet_are_told_beside_the_common_ones() -> None:
    """The most common letters have rows; the others have none, and count in the distance."""
    letters = {chr(0x4E00 + i): 2.0**-i / 2 for i in range(40)}
    drawn = {chr(0x4E00 + 39): 1.0}
    shares = Shares.of_letters(letters, drawn, 10)
    assert [name for name, _, _ in shares.rows] == list(letters)[:CATEGORIES]
    assert shares.others == 40 - CATEGORIES
    assert shares.rest == (pytest.approx(2.0**-CATEGORIES, rel=1e-3), 1.0)
    assert shares.distance == pytest.approx(1, abs=1e-6)


def test_letters_keep_the_training_names_order() -> None:
    """The training names' letters come first, most common first; then all other letters."""
    shares = Shares.of_letters({"b": 0.6, "a": 0.4}, {"a": 0.5, "c": 0.5}, 10)
    assert shares.rows == (("b", 0.6, 0.0), ("a", 0.4, 0.5), ("c", 0.0, 0.5))
    assert shares.distance == pytest.approx(0.6)


def test_chance_is_the_mean_distance_of_equal_distributions() -> None:
    """``chance`` is within 10% of the mean of 200 distances of 1,000 names (standard error 2%)."""
    generator = random.Random(1)  # noqa: S311 - nothing is secret
    trained = {"a": 0.5, "b": 0.3, "c": 0.2}
    distances = []
    for _ in range(200):
        names = generator.choices(list(trained), list(trained.values()), k=1_000)
        drawn = {letter: names.count(letter) / 1_000 for letter in trained}
        shares = Shares.of_letters(trained, drawn, 1_000)
        distances.append(shares.distance)
    assert sum(distances) / 200 == pytest.approx(shares.chance, rel=0.1)


@pytest.mark.parametrize(
    ("letter", "seen"),
    [("a", "a"), (" ", "␣"), *((mark, f"◌{mark}") for mark in "\u0301\u093e\u0e34\u0e33")],
)
def test_blanks_and_combining_marks_are_made_visible(letter: str, seen: str) -> None:
    """A blank becomes an open box; a combining mark stands on a dotted circle."""
    assert visible(letter) == seen


@pytest.mark.parametrize("name", ["anna", "e\u0301va", "\u0e19\u0e34\u0e14", "\u0e40\u0e08", ""])
def test_only_a_name_that_begins_with_a_mark_stands_on_a_dotted_circle(name: str) -> None:
    """A mark after its letter stays on it, as does a vowel that is written before its consonant."""
    assert standing(name) == name
    assert standing(f"\u0e34{name}") == f"◌\u0e34{name}"
