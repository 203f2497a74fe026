"""Findings about runs that are compared: of several recipes, or of steps with growing rates."""

import math
from collections.abc import Mapping, Sequence

from namesmith_trainer.report.diagnostics import Histogram, NetworkDiagnostics
from namesmith_trainer.report.findings import EXCESS, RISEN, SATURATED, Finding, edges, listed


def losses(runs: Sequence[NetworkDiagnostics]) -> Finding:
    """Return the finding about the losses of several runs."""
    look = (
        "A run that starts above the expected loss spends its first steps on coming down to it; how"
        " far the runs are apart at the end is what that start cost."
    )
    late = [run.recipe for run in runs if run.curve.first - run.expected_loss > EXCESS]
    starts = f"With a hockey stick: {listed(late)}" if late else "None has a hockey stick"
    best = min(runs, key=lambda run: run.losses["val"])
    worst = max(runs, key=lambda run: run.losses["val"])
    shows = (
        f"{starts}. The lowest val loss of a network is {best.losses['val']:.4f}"
        f" ({best.recipe}), the highest {worst.losses['val']:.4f} ({worst.recipe})."
    )
    return Finding(look, shows, good=not late)


def validations(runs: Sequence[NetworkDiagnostics]) -> Finding:
    """Return the finding about the losses on val during runs that were evaluated."""
    look = (
        "Lines that come down and stay: one that turns up has begun to learn its names by heart;"
        " a level line is the val loss of a chain, which is counted and takes no steps."
    )
    lowest = {run.recipe: min(loss for _, loss in run.evaluations) for run in runs}
    risen = [
        f"{run.recipe} (by {rise:.4f})"
        for run in runs
        if (rise := run.evaluations[-1].loss - lowest[run.recipe]) > RISEN
    ]
    best = min(lowest, key=lowest.__getitem__)
    turns = f"Above their lowest end {listed(risen)}" if risen else "None turns up"
    shows = f"{turns}; the lowest val loss of a network during its run is"
    return Finding(look, f"{shows} {lowest[best]:.4f} ({best}).", good=not risen)


def weights(runs: Sequence[NetworkDiagnostics]) -> Finding:
    """Return the finding about the output weights W2 of several runs at step 0."""
    look = (
        "All on one scale: W2 of a unit normal spreads over several units, and a hundredth of it"
        " is a tower in the middle."
    )
    shows = f"Standard deviations: {_deviations({run.recipe: run.start.W2 for run in runs})}."
    return Finding(look, shows, good=all(run.start.W2.std < 0.5 for run in runs))


def logits(runs: Sequence[NetworkDiagnostics]) -> Finding:
    """Return the finding about the logits of several runs at step 0."""
    look = (
        "The narrower, the better: equal logits give each symbol 1/V, which is all that a network"
        " can know before its first step."
    )
    deviations = _deviations({run.recipe: run.start.logits for run in runs})
    good = all(run.start.logits.std < 1 for run in runs)
    return Finding(look, f"Standard deviations: {deviations}.", good=good)


def walls(runs: Sequence[NetworkDiagnostics]) -> Finding:
    """Return the finding about the outputs of tanh of several runs at step 0."""
    look = "Towers at \N{MINUS SIGN}1 and 1 shrink as the initialisation gets better."
    shares = [f"{edges(run.start.layers[-1].tanh):.1%} ({run.recipe})" for run in runs]
    shows = f"In the two outermost bins lie {listed(shares)} of the outputs."
    return Finding(look, shows, good=all(run.start.share < SATURATED for run in runs))


def columns(runs: Sequence[NetworkDiagnostics]) -> Finding:
    """Return the finding about the saturation maps of several runs at step 0."""
    look = "Marks get fewer as the initialisation gets better; a full column is a dead unit."
    shares = [f"{run.start.share:.1%} ({run.recipe})" for run in runs]
    dead = [f"{run.start.dead_units:,} of {run.recipe}" for run in runs if run.start.dead_units]
    units = f"dead units: {listed(dead)}" if dead else "no unit is dead"
    good = not dead and all(run.start.share < SATURATED for run in runs)
    return Finding(look, f"Marked are {listed(shares)}; {units}.", good=good)


def rates(tried: Sequence[float], losses: Sequence[float], chosen: float) -> Finding:
    """Return the finding about the losses of steps with growing learning rates."""
    look = (
        "Too small a rate leaves the loss where it is, a good one brings it down fast, and too"
        " large a one throws it up again: the rate to take lies in the valley, before the rise."
    )
    steps = zip(losses, tried, strict=True)
    lowest, at = min(step for step in steps if math.isfinite(step[0]))
    shows = (
        f"Chosen is {chosen:.3g}. The lowest loss of a step is {lowest:.4f}, at {at:.3g};"
        f" rates from {tried[0]:.3g} to {tried[-1]:.3g} were tried."
    )
    return Finding(look, shows, good=tried[0] < chosen < tried[-1])


def _deviations(histograms: Mapping[str, Histogram]) -> str:
    return listed([f"{each.std:.3g} ({recipe})" for recipe, each in histograms.items()])
