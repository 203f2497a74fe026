"""Charts of lines: the losses of one run or of several runs, and of learning rates."""

import math
from collections.abc import Mapping, Sequence

from namesmith_trainer.report.diagnostics import TINY, LossCurve
from namesmith_trainer.report.pictures.axis import Axis
from namesmith_trainer.report.pictures.picture import (
    LEFT,
    RIGHT,
    WIDE,
    Mark,
    Picture,
    horizontal,
    vertical,
)

SMOOTH = 20
"""Number of steps of one mean in the picture that compares the first steps of several runs."""

PARTS = 50
"""Number of means in the picture of learning rates."""

STYLES = 6
"""Number of colours that the style sheet has for runs."""


def curve(losses: LossCurve, expected: float) -> Picture:
    """Draw the losses of all steps: the band from lowest to highest loss, and the mean losses.

    Args:
        losses: losses of the run.
        expected: log10 of the loss that is expected at step 0.
    """
    x = horizontal("step", (0, losses.steps), WIDE)
    y = _loss_axis([*losses.low, *losses.high, expected])
    mean = Mark("line end", _path(losses.means, 0, losses.window, x, y))
    rule = Mark("rule", f"M{x.start} {y.at(expected)}H{x.end}")
    shown = {f"mean over {losses.window:,} steps": mean, "expected at step 0": rule}
    if losses.window == 1:
        shown = {"loss of a step": mean, "expected at step 0": rule}
    elif losses.bucket == 1:
        shown = {"loss of a step": Mark("trace", _path(losses.low, 0, 1, x, y)), **shown}
    else:
        shown = {"lowest to highest loss": Mark("band", _band(losses, x, y)), **shown}
    return _lines("Every step", shown, x, y)


def opening(losses: LossCurve, expected: float) -> Picture:
    """Draw the losses of the first steps one by one.

    Args:
        losses: losses of the run.
        expected: log10 of the loss that is expected at step 0.
    """
    steps = len(losses.opening)
    x = horizontal("step", (0, steps), WIDE)
    y = _loss_axis([*losses.opening, expected])
    raw = Mark("line start thin", _path(losses.opening, 0, 1, x, y))
    rule = Mark("rule", f"M{x.start} {y.at(expected)}H{x.end}")
    shown = {"loss of a step": raw, "expected at step 0": rule}
    return _lines(f"The first {steps:,} steps", shown, x, y)


def openings(runs: Mapping[str, LossCurve]) -> Picture:
    """Draw the losses of the first steps of several runs, given by name, in one chart."""
    means = {name: _smooth(losses.opening) for name, losses in runs.items()}
    steps = max(len(losses.opening) for losses in runs.values())
    x = horizontal("step", (0, steps), WIDE)
    y = _loss_axis([mean for run in means.values() for mean in run])
    shown = {
        name: Mark(f"line run-{i % STYLES}", _path(run, 0, SMOOTH, x, y))
        for i, (name, run) in enumerate(means.items())
    }
    return _lines(f"The first {steps:,} steps, mean over {SMOOTH}", shown, x, y)


def endings(runs: Mapping[str, LossCurve]) -> Picture:
    """Draw the mean losses of the second half of each run in one chart; runs are given by name."""
    means = {name: losses.means[len(losses.means) // 2 :] for name, losses in runs.items()}
    x = horizontal("part of the run (%)", (50, 100), WIDE)
    y = _loss_axis([mean for run in means.values() for mean in run])
    shown = {
        name: Mark(f"line run-{i % STYLES}", _path(run, 50, 50 / len(run), x, y))
        for i, (name, run) in enumerate(means.items())
    }
    windows = sorted({losses.window for losses in runs.values()})
    steps = " or ".join(f"{window:,}" for window in windows)
    return _lines(f"The second half, mean over {steps} step{'s' * (windows[-1] > 1)}", shown, x, y)


def rates(tried: Sequence[float], losses: Sequence[float], chosen: float) -> Picture:
    """Draw the losses of steps with growing learning rates (notebook, the commented ``lrs``).

    Losses that are not finite are left out, as a run has them that a rate made diverge.

    Args:
        tried: learning rate of each step, > 0 and growing; at least two rates.
        losses: loss of each step in nats, of which at least one is finite.
        chosen: learning rate that is marked, > 0.
    """
    steps = [
        (math.log10(rate), math.log10(max(loss, TINY)))
        for rate, loss in zip(tried, losses, strict=True)
        if math.isfinite(loss)
    ]
    size = max(1, len(steps) // PARTS)
    parts = [steps[at : at + size] for at in range(0, len(steps), size)]
    means = [[sum(axis) / len(part) for axis in zip(*part, strict=True)] for part in parts]
    mark = math.log10(chosen)
    ends = min(math.log10(tried[0]), mark), max(math.log10(tried[-1]), mark)
    x = Axis.powers("learning rate", ends, (LEFT, WIDE - RIGHT))
    y = _loss_axis([loss for _, loss in steps])
    shown = {
        "loss of a step": Mark("trace", _through(steps, x, y)),
        f"mean over {size:,} steps": Mark("line end", _through(means, x, y)),
        f"chosen: {chosen:.3g}": Mark("rule", f"M{x.at(mark)} {y.start}V{y.end}"),
    }
    if size == 1:
        del shown["loss of a step"]
    legend = tuple((mark.style, text) for text, mark in shown.items())
    description = f"Losses at learning rates from {tried[0]:.3g} to {tried[-1]:.3g}."
    marks = tuple(shown.values())
    return Picture("Loss by learning rate", description, WIDE, x, y, marks, legend)


def _through(points: Sequence[Sequence[float]], x: Axis, y: Axis) -> str:
    """Return the path of a line through points (x, y)."""
    return "M" + "L".join(f"{x.at(left)} {y.at(value)}" for left, value in points) + "h0"


def _lines(title: str, shown: Mapping[str, Mark], x: Axis, y: Axis) -> Picture:
    """Make a picture of marks; ``shown`` holds each mark by its text in the legend."""
    legend = tuple((mark.style, text) for text, mark in shown.items())
    description = f"Lines over {x.high:,.0f} steps: {', '.join(shown)}."
    return Picture(title, description, WIDE, x, y, tuple(shown.values()), legend)


def _loss_axis(values: Sequence[float]) -> Axis:
    """Make the axis of log10 losses, with some room below the lowest and above the highest."""
    room = 0.05 * (max(values) - min(values)) or 0.05
    return vertical("log\u2081\u2080 loss (nats)", (min(values) - room, max(values) + room))


def _smooth(losses: Sequence[float]) -> list[float]:
    """Return the mean of each ``SMOOTH`` losses; the last mean may be of fewer losses."""
    parts = [losses[at : at + SMOOTH] for at in range(0, len(losses), SMOOTH)]
    return [sum(part) / len(part) for part in parts]


def _path(values: Sequence[float], start: float, width: float, x: Axis, y: Axis) -> str:
    """Return the path of a line through the middles of intervals; a single interval shows as a dot.

    Args:
        values: value of each interval.
        start: start of the first interval.
        width: width of each interval.
        x: axis of the intervals; the last interval is cut at its end.
        y: axis of the values.
    """
    path = ""
    for i, value in enumerate(values):
        left = start + i * width
        middle = (left + min(left + width, x.high)) / 2
        path += f"{'L' if path else 'M'}{x.at(middle)} {y.at(value)}"
    return f"{path}h0"


def _band(losses: LossCurve, x: Axis, y: Axis) -> str:
    """Return the path of a bar from the lowest to the highest loss of each bucket."""
    path = ""
    for i, (low, high) in enumerate(zip(losses.low, losses.high, strict=True)):
        left, right = i * losses.bucket, min((i + 1) * losses.bucket, losses.steps)
        path += f"M{x.at(left)} {y.at(high)}H{x.at(right)}V{y.at(low)}H{x.at(left)}Z"
    return path
