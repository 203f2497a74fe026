"""Tests of axes."""

from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from namesmith_trainer.report.pictures.axis import PHONE, SPAN, Axis, round_values
from namesmith_trainer.report.pictures.picture import NARROW, WIDE, horizontal
from namesmith_trainer.report.pictures.text_width import text_width

ends = st.floats(-1e6, 1e6)


@given(ends, ends, st.integers(3, 10))
def test_ticks_are_round_and_evenly_spaced(low: float, high: float, about: int) -> None:
    """An axis has about the requested number of ticks, each with a text of its own."""
    assume(high - low > 1e-3)
    ticks = round_values(low, high, about)
    room = (high - low) * 1e-6
    assert about / 2.5 - 1 <= len(ticks) <= 2.5 * about + 1
    assert all(low - room <= value <= high + room for value, _ in ticks)
    steps = [b - a for (a, _), (b, _) in pairwise(ticks)]
    assert all(step == pytest.approx(steps[0], rel=1e-6) for step in steps)
    assert len({text for _, text in ticks}) == len(ticks)


def test_values_lie_between_the_ends() -> None:
    """An axis that runs upwards maps low values to high places."""
    axis = Axis.linear("loss", (1.0, 3.0), (200, 10))
    assert [axis.at(value) for value in (1, 2, 3)] == [200, 105, 10]
    assert [(tick.place, tick.text) for tick in axis.ticks][0::4] == [(200, "1.0"), (10, "3.0")]


def test_labels_that_would_touch_are_left_out() -> None:
    """All letters have room; every second of the long labels is left out, never the first label."""
    letters = Axis.named("letter", tuple("abcdefghijklmnopqrstuvwxyz"), NARROW)
    assert [tick.text for tick in letters.ticks] == list("abcdefghijklmnopqrstuvwxyz")
    numbers = Axis.named("length", tuple(map(str, range(100, 126))), NARROW)
    assert [tick.text for tick in numbers.ticks] == [str(n) for n in range(100, 126, 2)]


@pytest.mark.parametrize(
    "names",
    [tuple(map(chr, range(0x4E00, 0x4E00 + 26))), tuple(map(str, range(100, 126))), ("a", "b")],
)
def test_labels_of_categories_do_not_touch_on_a_phone(names: tuple[str, ...]) -> None:
    """In each of two rows the labels that are not extra are as far apart as they are wide."""
    ticks = [tick for tick in Axis.named("letter", names, NARROW).ticks if not tick.extra]
    assert ticks[0].text == names[0]
    for row in (False, True):
        places = [tick.place * PHONE / SPAN for tick in ticks if tick.low is row]
        widest = max(map(text_width, names))
        assert all(b - a > widest for a, b in pairwise(places))


@given(st.integers(2, 10**7))
def test_numbers_do_not_touch_on_a_phone(steps: int) -> None:
    """The numbers below a wide picture that are not extra have room on a phone, 0 among them."""
    ticks = [tick for tick in horizontal("step", (0, steps), WIDE).ticks if not tick.extra]
    assert ticks[0].place == 0
    assert sum(text_width(tick.text) for tick in ticks) <= PHONE


def test_many_are_counted_in_thousands() -> None:
    """From a hundred thousand on, labels are in thousands, and zero is still zero."""
    texts = [text for _, text in round_values(0, 200_000, 4)]
    assert texts == ["0", "50k", "100k", "150k", "200k"]
