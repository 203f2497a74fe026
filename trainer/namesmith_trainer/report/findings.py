"""Findings: the sentences beside each picture, computed from the run's own numbers.

A finding says which shape to look for, which values this run shows, and whether they are good.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from namesmith_trainer.report.diagnostics import (
    EXTREME,
    FACTOR,
    THRESHOLD,
    Diagnostics,
    Histogram,
    Layer,
    LossCurve,
    NetworkDiagnostics,
    Samples,
)
from namesmith_trainer.report.shares import Shares
from namesmith_trainer.words import counted

EXCESS = 0.3
"""Least excess over the loss -ln(1/V) at step 0, in nats, that makes a hockey stick."""

SATURATED = 0.15
"""Least share of saturated outputs that slows learning; Kaiming's initial weights give 0.11."""

FLAT = math.atanh(THRESHOLD)
"""Least absolute value of a saturated pre-activation, 2.65."""

RISEN = 0.02
"""Least rise of the val loss above its lowest, in nats, that is learning by heart."""

DIFFERENT = 0.1
"""Least distance at which two distributions look different, unless chance gives half of it."""


@dataclass(frozen=True)
class Finding:
    """The two sentences beside a picture, and their verdict.

    Attributes:
        look: sentence about the shape to look for in the picture.
        shows: sentence about the values of this run.
        good: whether the values are good.
    """

    look: str
    shows: str
    good: bool


def loss_curve(curve: LossCurve, expected: float) -> Finding:
    """Return the finding about the losses of a run; ``expected`` is a uniform guess's, -ln(1/V)."""
    look = (
        "The curve should start near the dashed line, where no symbol is favoured: a cliff down"
        " to it (a hockey stick) is time spent on undoing a confident initialisation."
    )
    excess = curve.first - expected
    start = f"Step 0 has a loss of {curve.first:.4f} where {expected:.4f} is expected"
    verdict = (
        f"{excess:.4f} too much, and the first steps go into that"
        if excess > EXCESS
        else "so no step is wasted"
    )
    steps = f"the last {curve.window:,} steps average" if curve.window > 1 else "the last step has"
    return Finding(look, f"{start}, {verdict}; {steps} {curve.last:.4f}.", good=excess <= EXCESS)


def validation(run: NetworkDiagnostics) -> Finding:
    """Return the finding about the losses on val during a run that was evaluated."""
    look = (
        "Val should fall with train and then stay down: where it turns up while train goes on"
        " falling, the network learns its names by heart, and the steps from there on do harm."
    )
    lowest, at = min((loss, step) for step, loss in run.evaluations)
    step, last = run.evaluations[-1]
    shows = f"Val is lowest after step {at:,}, {lowest:.4f}"
    shows += (
        f", and {last:.4f} after step {step:,}" if at < step else ", the last that was measured"
    )
    published = last
    if run.published_step < run.curve.steps:
        shows += f"; kept is the network of step {run.published_step:,}"
        published = dict(run.evaluations).get(run.published_step, last)
    return Finding(look, f"{shows}.", good=published - lowest <= RISEN)


def logits(run: NetworkDiagnostics) -> Finding:
    """Return the finding about the spread of the logits."""
    look = (
        "At step 0 a narrow peak about zero, for a network that knows nothing has no preference;"
        " at the end a wide hill, for then it has reasons."
    )
    start, end = run.start.logits, run.end.logits
    shows = (
        f"Their standard deviation goes from {start.std:.3g} to {end.std:.3g}, the largest in size"
        f" from {_largest(start):.3g} to {_largest(end):.3g}."
    )
    return Finding(look, shows, good=start.std < 1)


def output_weights(run: NetworkDiagnostics) -> Finding:
    """Return the finding about the spread of the output weights W2."""
    look = (
        "Small weights at step 0 keep the logits small; training widens them into one smooth hill"
        " without far-off spikes."
    )
    start, end = run.start.W2, run.end.W2
    growth = f", {end.std / start.std:.3g} times as wide" if start.std else ""
    shows = (
        f"Their standard deviation goes from {start.std:.3g} to {end.std:.3g}{growth}; the largest"
        f" in size is {_largest(end):.3g} at the end."
    )
    return Finding(look, shows, good=start.std < 0.5)


def scaled(run: NetworkDiagnostics) -> Finding:
    """Return the finding about the output of a too confident network, had its W2 been smaller."""
    look = (
        f"The notebook's first change, before it is made: with W2 \N{MULTIPLICATION SIGN}"
        f" {FACTOR:g} and b2 = 0 the logits are nearly equal, so that each symbol gets nearly 1/V."
    )
    shows = (
        f"The logits' standard deviation would be {run.scaled.logits.std:.3g} instead of"
        f" {run.start.logits.std:.3g}, and the loss {run.scaled.loss:.4f} on these contexts; a"
        f" uniform guess, 1/{run.symbols:,} each, has {run.expected_loss:.4f}."
    )
    return Finding(look, shows, good=False)


def pre_activations(start: Layer, end: Layer) -> Finding:
    """Return the finding about the spread of a layer's pre-activations."""
    look = (
        f"About as wide as a unit normal at step 0: beyond \N{PLUS-MINUS SIGN}{FLAT:.2f} tanh is"
        " flat, and what lands there learns next to nothing."
    )
    shows = (
        f"The standard deviation is {start.pre_activations.std:.3g} at step 0 and"
        f" {end.pre_activations.std:.3g} at the end; {start.saturation.share:.1%} and then"
        f" {end.saturation.share:.1%} lie beyond."
    )
    return Finding(look, shows, good=start.saturation.share < SATURATED)


def tanh(start: Layer, end: Layer) -> Finding:
    """Return the finding about the spread of a layer's outputs of tanh."""
    look = (
        "Outputs spread over the whole range at step 0; towers at \N{MINUS SIGN}1 and 1 are"
        " outputs through which hardly any gradient comes back."
    )
    shows = (
        f"{edges(start.tanh):.1%} of the outputs fall into the two outermost bins at step 0,"
        f" {edges(end.tanh):.1%} at the end; 4% would be even."
    )
    return Finding(look, shows, good=start.saturation.share < SATURATED)


def saturation(start: Layer, end: Layer) -> Finding:
    """Return the finding about a layer's saturation map."""
    look = (
        f"A mark is a unit with |h| > {THRESHOLD}, or {EXTREME}, on one example; a column marked"
        " from top to bottom is a dead unit, which learns from none."
    )
    first, last = start.saturation, end.saturation
    shows = (
        f"{first.share:.1%} is marked at step 0 and {last.share:.1%} at the end; of {first.units:,}"
        f" units {first.dead_units:,} are dead at step 0 and {last.dead_units:,} at the end. Above"
        f" {EXTREME} lie {start.extreme.share:.1%} and {end.extreme.share:.1%}."
    )
    return Finding(look, shows, good=first.share < SATURATED and not last.dead_units)


def splits(run: Diagnostics) -> Finding:
    """Return the finding about the losses of the splits, beside the lecture's losses."""
    look = "Val close to train: a gap is what was learnt by heart"
    look += (
        "; and both close to what the lecture reports for the recipe on the same names."
        if run.published
        else "."
    )
    train, val = run.losses["train"], run.losses["val"]
    shows = f"Val is {distance(val, train)} train"
    published = run.published.get("val")
    good = val - train < 0.25
    if published is not None:
        shows += (
            f", and {distance(val, published)} the lecture's {published:.4f} after 200,000 steps"
        )
        good = good and val - published <= 0.015
    return Finding(look, f"{shows}.", good=good)


def distribution(kind: str, shares: Shares) -> Finding:
    """Return the finding about the distributions of ``kind`` in drawn and training names."""
    look = (
        f"Pairs of equal height: drawn names should have the {kind} of the training names, as far"
        " as the model's context lets it tell."
    )
    if not shares.count:
        return Finding(look, "No name was drawn.", good=False)
    shows = (
        f"The two differ in {shares.distance:.1%} of the names; {shares.count:,} names drawn from"
        f" the training names themselves would differ in {shares.chance:.1%}, by chance."
    )
    return Finding(look, shows, good=shares.distance <= max(DIFFERENT, 2 * shares.chance))


def names(samples: Samples) -> Finding:
    """Return the finding about the drawn names by the share that are training names."""
    look = (
        "Names that could be real, mostly new: a share of training names near 100% would be a"
        " memory and not a model, a share of zero would be noise."
    )
    if samples.known is None:
        within = counted(samples.limit, "character")
        shows = f"None of {counted(samples.draws, 'draw')} ended within {within}."
        return Finding(look, shows, good=False)
    shows = (
        f"{samples.known:.1%} of {counted(samples.count, 'drawn name')} are in the training set;"
        f" a draw that was empty or longer than {samples.limit:,} characters was drawn again, never"
        " cut."
    )
    return Finding(look, shows, good=0 < samples.known < 0.5)


def distance(value: float, reference: float) -> str:
    """Return how far a loss lies above or below another, as text."""
    return f"{abs(value - reference):.4f} {'above' if value > reference else 'below'}"


def listed(items: Sequence[str]) -> str:
    """Return items as a list in a sentence, at least one item."""
    return " and ".join([", ".join(items[:-1]), items[-1]] if len(items) > 1 else items)


def edges(histogram: Histogram) -> float:
    """Return the share of the values that fall into the two outermost bins."""
    return (histogram.counts[0] + histogram.counts[-1]) / histogram.population


def _largest(histogram: Histogram) -> float:
    return max(abs(histogram.low), abs(histogram.high))
