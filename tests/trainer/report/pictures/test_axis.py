"""Tests of axes."""

from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from namesmith_trainer.report.pictures.axis import Axis, round_values

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
    letters = Axis.named("letter", tuple("abcdefghijklmnopqrstuvwxyz"), (0, 400))
    assert [tick.text for tick in letters.ticks] == list("abcdefghijklmnopqrstuvwxyz")
    numbers = Axis.named("length", tuple(map(str, range(100, 126))), (0, 400))
    assert [tick.text for tick in numbers.ticks] == [str(n) for n in range(100, 126, 2)]
