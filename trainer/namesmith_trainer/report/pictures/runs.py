"""Charts of the losses of several runs, in one chart each."""

import math
from collections.abc import Mapping, Sequence

from namesmith_trainer.report.diagnostics import LossCurve
from namesmith_trainer.report.pictures.lines import EARLY, drawn, loss_axis, nats_axis, uniform
from namesmith_trainer.report.pictures.paths import rule, steady, through
from namesmith_trainer.report.pictures.picture import WIDE, Mark, Picture, horizontal

SMOOTH = 20
"""Number of steps of one mean in the picture that compares the first steps of several runs."""

STYLES = 10
"""Number of styles of lines that the style sheet has for runs."""


def openings(runs: Mapping[str, LossCurve], symbols: int) -> Picture:
    """Draw the losses of the first steps of several runs in one chart.

    Args:
        runs: losses of each run, by the run's name; at least one run.
        symbols: number of symbols, which a uniform guess guesses from.
    """
    expected = math.log10(math.log(symbols))
    means = {name: _smooth(losses.opening) for name, losses in runs.items()}
    steps = max(len(losses.opening) for losses in runs.values())
    x = horizontal("step", (0, steps), WIDE)
    y = loss_axis([expected, *(mean for run in means.values() for mean in run)])
    paths = {name: steady(run, 0, SMOOTH, x, y) for name, run in means.items()}
    guess = {uniform(symbols): Mark("rule", rule(expected, x, y))}
    return drawn(f"The first {steps:,} steps, mean over {SMOOTH}", _styled(paths) | guess, x, y)


def endings(runs: Mapping[str, LossCurve]) -> Picture:
    """Draw the mean losses of the second half of each run in one chart; runs are given by name."""
    means = {name: losses.means[len(losses.means) // 2 :] for name, losses in runs.items()}
    x = horizontal("part of the run (%)", (50, 100), WIDE)
    y = loss_axis([mean for run in means.values() for mean in run])
    paths = {name: steady(run, 50, 50 / len(run), x, y) for name, run in means.items()}
    windows = sorted({losses.window for losses in runs.values()})
    steps = " or ".join(f"{window:,}" for window in windows)
    title = f"The second half, mean over {steps} step{'s' * (windows[-1] > 1)}"
    return drawn(title, _styled(paths), x, y)


def validations(
    evaluations: Mapping[str, Sequence[tuple[int, float]]], counted: Mapping[str, float]
) -> Picture:
    """Draw the losses on val during several runs in one chart, in nats.

    Args:
        evaluations: number of steps and loss on val of each evaluation of a network, by the
            network's name; at least one network, with at least one evaluation each.
        counted: loss on val of each chain, by its name: a level line.
    """
    steps = max(run[-1][0] for run in evaluations.values())
    x = horizontal("step", (0, steps), WIDE)
    late = [(each, loss) for run in evaluations.values() for each, loss in run]
    losses = [loss for each, loss in late if each > steps / EARLY] or [late[-1][1]]
    y = nats_axis([*losses, *counted.values()])
    paths = {name: through(run, x, y) for name, run in evaluations.items()}
    levels = {name: rule(loss, x, y) for name, loss in counted.items()}
    return drawn("Val during the runs", _styled(paths | levels), x, y)


def _styled(paths: Mapping[str, str]) -> dict[str, Mark]:
    """Return the marks of paths, each with the next of the styles."""
    return {
        name: Mark(f"line run-{i % STYLES}", path) for i, (name, path) in enumerate(paths.items())
    }


def _smooth(losses: Sequence[float]) -> list[float]:
    """Return the mean of each ``SMOOTH`` losses; the last mean may be of fewer losses."""
    parts = [losses[at : at + SMOOTH] for at in range(0, len(losses), SMOOTH)]
    return [sum(part) / len(part) for part in parts]
