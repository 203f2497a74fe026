"""Charts of lines: the losses of one run, and of learning rates."""

import math
from collections.abc import Mapping, Sequence

from namesmith_trainer.report.diagnostics import TINY, LossCurve
from namesmith_trainer.report.pictures.axis import Axis
from namesmith_trainer.report.pictures.paths import band, dot, rule, steady, through
from namesmith_trainer.report.pictures.picture import WIDE, Mark, Picture, horizontal, vertical

EARLY = 10
"""Part of a run, one in ten, whose high losses may lie above a picture that shows the end."""

PARTS = 50
"""Number of means in the picture of learning rates."""


def curve(losses: LossCurve, symbols: int) -> Picture:
    """Draw the losses of all steps: the band from lowest to highest loss, and the mean losses.

    Args:
        losses: losses of the run.
        symbols: number of symbols, which a uniform guess guesses from.
    """
    expected = math.log10(math.log(symbols))
    x = horizontal("step", (0, losses.steps), WIDE)
    y = loss_axis([*losses.low, *losses.high, expected])
    mean = Mark("line end", steady(losses.means, 0, losses.window, x, y))
    guess = {uniform(symbols): Mark("rule", rule(expected, x, y))}
    shown = {f"mean over {losses.window:,} steps": mean} | guess
    if losses.window == 1:
        shown = {"loss of a step": mean} | guess
    elif losses.bucket == 1:
        shown = {"loss of a step": Mark("trace", steady(losses.low, 0, 1, x, y))} | shown
    else:
        shown = {"lowest to highest loss": Mark("band", band(losses, x, y))} | shown
    return drawn("Every step", shown, x, y)


def opening(losses: LossCurve, symbols: int) -> Picture:
    """Draw the losses of the first steps one by one.

    Args:
        losses: losses of the run.
        symbols: number of symbols, which a uniform guess guesses from.
    """
    expected = math.log10(math.log(symbols))
    steps = len(losses.opening)
    x = horizontal("step", (0, steps), WIDE)
    y = loss_axis([*losses.opening, expected])
    shown = {
        "loss of a step": Mark("line start thin", steady(losses.opening, 0, 1, x, y)),
        uniform(symbols): Mark("rule", rule(expected, x, y)),
    }
    return drawn(f"The first {steps:,} steps", shown, x, y)


def validation(losses: LossCurve, evaluations: Sequence[tuple[int, float]]) -> Picture:
    """Draw the losses on val during a run beside the mean losses of its steps, in nats.

    Args:
        losses: losses of the run.
        evaluations: number of steps and loss on val of each evaluation; at least one.
    """
    x = horizontal("step", (0, losses.steps), WIDE)
    lowest, at = min((loss, step) for step, loss in evaluations)
    late = losses.averages[len(losses.averages) // EARLY :]
    y = nats_axis(
        [lowest, *late, *(loss for step, loss in evaluations if step > losses.steps / EARLY)]
    )
    window = f"train, mean over {losses.window:,} steps" if losses.window > 1 else "train"
    shown = {
        window: Mark("line data", steady(losses.averages, 0, losses.window, x, y)),
        "val": Mark("line end", through(evaluations, x, y)),
        f"lowest on val: {lowest:.4f} after step {at:,}": Mark("dot", dot(at, lowest, x, y)),
    }
    return drawn("Train and val", shown, x, y)


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
    x = Axis.powers("learning rate", ends)
    y = loss_axis([loss for _, loss in steps])
    shown = {
        "loss of a step": Mark("trace", through(steps, x, y)),
        f"mean over {size:,} steps": Mark("line end", through(means, x, y)),
        f"chosen: {chosen:.3g}": Mark("rule", f"M{x.at(mark)} {y.start}V{y.end}"),
    }
    if size == 1:
        del shown["loss of a step"]
    return drawn("Loss by learning rate", shown, x, y)


def drawn(title: str, shown: Mapping[str, Mark], x: Axis, y: Axis) -> Picture:
    """Make a picture of marks; ``shown`` holds each mark by its text in the legend."""
    legend = tuple((mark.style, text) for text, mark in shown.items())
    description = f"Lines by {x.label}: {', '.join(shown)}."
    return Picture(title, description, WIDE, x, y, tuple(shown.values()), legend)


def uniform(symbols: int) -> str:
    """Return the loss of a uniform guess as text, a formula."""
    return f"uniform guess, \N{MINUS SIGN}ln(1/{symbols:,}) = {math.log(symbols):.4f}"


def loss_axis(values: Sequence[float]) -> Axis:
    """Make the axis of log10 losses, with some room below the lowest and above the highest."""
    return _roomy("log\u2081\u2080 loss (nats)", values)


def nats_axis(values: Sequence[float]) -> Axis:
    """Make the axis of losses in nats, with some room below the lowest and above the highest."""
    return _roomy("loss (nats)", values)


def _roomy(label: str, values: Sequence[float]) -> Axis:
    room = 0.05 * (max(values) - min(values)) or 0.05
    return vertical(label, (min(values) - room, max(values) + room))
