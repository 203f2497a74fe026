"""Two distributions beside each other."""

import random

import pytest

from namesmith_trainer.report.shares import CATEGORIES, Shares, visible


def test_what_has_no_room_is_taken_together() -> None:
    """No more than 26 rows, and no share gets lost."""
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
    """The most common first, then those that only drawn names have."""
    shares = Shares.of_letters({"b": 0.6, "a": 0.4}, {"a": 0.5, "c": 0.5}, 10)
    assert shares.rows == (("b", 0.6, 0.0), ("a", 0.4, 0.5), ("c", 0.0, 0.5))
    assert shares.distance == pytest.approx(0.6)


def test_chance_is_what_equal_distributions_differ_by() -> None:
    """Within 10% of the mean distance of 200 draws of 1,000 (its standard error is 2%)."""
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
def test_every_letter_can_be_seen(letter: str, seen: str) -> None:
    """Also a blank and a mark that stands on the letter before it."""
    assert visible(letter) == seen
