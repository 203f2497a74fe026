"""The chart of a learning-rate finder: losses by the rate, on a logarithmic axis."""

import numpy as np

from namesmith_trainer.chains import Reals
from namesmith_trainer.report.pictures.axis import Axis
from namesmith_trainer.report.pictures.picture import WIDE, Mark, Picture, horizontal, vertical
from namesmith_trainer.training import RateSweep


def sweep(found: RateSweep) -> Picture:
    """Draw the loss of every step, the mean losses, and the suggested rate as a rule."""
    rates, losses = np.log10(found.rates), np.log10(found.losses)
    centres, means = np.log10(found.centres), np.log10(found.means)
    room = 0.05 * float(np.ptp(losses)) or 0.05
    x = horizontal("log\u2081\u2080 learning rate", (float(rates[0]), float(rates[-1])), WIDE)
    heights = float(losses.min()) - room, float(losses.max()) + room
    y = vertical("log\u2081\u2080 loss (nats)", heights)
    at = x.at(max(x.low, min(x.high, float(np.log10(found.suggestion)))))
    shown = {
        "loss of a step": Mark("trace", _path(rates, losses, x, y)),
        "mean over a tenth of the steps": Mark("line end", _path(centres, means, x, y)),
        f"suggested rate, {found.suggestion:g}": Mark("rule", f"M{at} {y.start}V{y.end}"),
    }
    legend = tuple((mark.style, text) for text, mark in shown.items())
    steps = len(found.rates)
    description = f"Losses of {steps:,} steps at rates from {found.rates[0]:g} to"
    description += f" {found.rates[-1]:g}; lowest near {found.valley:.2g}."
    return Picture(
        f"{steps:,} steps, each at a higher rate",
        description,
        WIDE,
        x,
        y,
        tuple(shown.values()),
        legend,
    )


def _path(rates: Reals, losses: Reals, x: Axis, y: Axis) -> str:
    points = (f"{x.at(rate)} {y.at(loss)}" for rate, loss in zip(rates, losses, strict=True))
    return f"M{'L'.join(points)}"
