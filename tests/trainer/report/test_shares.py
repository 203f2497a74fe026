"""Tests of two distributions over the same categories."""

import random

import pytest

from namesmith_trainer.report.shares import CATEGORIES, Shares, visible


def test_categories_without_room_are_summed_up() -> None:
    """There are at most 26 rows, and the shares still add up to 1."""
    trained = dict.fromkeys(range(1, 61), 1 / 60)
    drawn = {30: 0.5, 70: 0.5}
    shares = Shares.of_lengths(trained, drawn, 10)
    assert len(shares.rows) == CATEGORIES
    assert shares.rows[0] == ("1", 1 / 60, 0.0)
    name, in_training, in_drawn = shares.rows[-1]
    assert (name, in_drawn) == ("26+", 1.0)
    assert in_training == pytest.approx(35 / 60)
    assert sum(p for _, p, _ in shares.rows) == pytest.approx(1)


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


@pytest.mark.parametrize(("letter", "seen"), [("a", "a"), (" ", "␣"), ("\u0301", "◌\u0301")])
def test_blanks_and_combining_marks_are_made_visible(letter: str, seen: str) -> None:
    """A blank becomes an open box; a combining mark stands on a dotted circle."""
    assert visible(letter) == seen
