"""Tests of charts of lines."""

import math

import torch

from namesmith_trainer.report import rates_page
from namesmith_trainer.report.diagnostics import LossCurve
from namesmith_trainer.report.pictures import lines

TRIED = [10 ** (-3 + 3 * i / 999) for i in range(1_000)]
"""Learning rates of the notebook's search: from 0.001 to 1, evenly by exponent."""


def test_learning_rates_stand_on_a_scale_of_powers() -> None:
    """Rates from 0.001 to 1 have a tick at each power of ten, evenly apart."""
    picture = lines.rates(TRIED, [3.3] * 1_000, 0.1)
    assert [tick.text for tick in picture.x.ticks] == ["0.001", "0.01", "0.1", "1"]
    gaps = [b.place - a.place for a, b in zip(picture.x.ticks, picture.x.ticks[1:], strict=False)]
    assert max(gaps) - min(gaps) < 0.3
    assert ("rule", "chosen: 0.1") in picture.legend


def test_high_losses_of_the_beginning_do_not_hide_the_end() -> None:
    """The axis of val is that of the end; the lowest loss is on it wherever it lies."""
    curve = LossCurve.of(torch.linspace(20, 2, 1_000))
    evaluations = [(10, 1.9), (50, 30.0), *((step, 2.5) for step in range(100, 1_001, 100))]
    picture = lines.validation(curve, evaluations)
    assert picture.y.low < 1.9
    assert picture.y.high < 20
    dot = next(mark for mark in picture.marks if mark.style == "dot")
    assert dot.path == f"M{picture.x.at(10)} {picture.y.at(1.9)}h0"
    val = next(mark for mark in picture.marks if mark.style == "line end")
    assert val.path.count("L") == len(evaluations) - 2


def test_a_diverged_search_for_a_rate_is_drawn_up_to_its_end() -> None:
    """Infinite losses and losses without a number leave no trace on the page."""
    losses = [3.3] * 900 + [math.inf, math.nan] * 50
    page = rates_page("x", "baseline", TRIED, losses, 0.1).decode()
    assert "inf" not in page
    assert "nan" not in page
    assert "The lowest loss of a step is 3.3000" in page
