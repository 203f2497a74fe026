"""The commands that print answers about a model's names as a whole: top, measure, describe."""

import shutil
import sys
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Unpack

import click

from namesmith.limits import MAX_FLOOR_NATS, MAX_TOP_NAMES
from namesmith_client import Measure, SamplingAndConstraint
from namesmith_client.cli.connection import connected, connection_options
from namesmith_client.cli.group import namesmith
from namesmith_client.cli.report import Format, Report, format_options
from namesmith_client.cli.shared_options import constraint_options, model_option, sampling_options

MAX_BAR_CHARACTERS = 40
"""Number of characters of the longest bar of a histogram."""

OTHER_CHARACTERS = 34
"""Number of characters of a line of a histogram beside its bar."""

MAX_EXACT_COUNT = 2**53
"""Number below which a count of names in float64 is exact and printed as an integer."""

OF_ESTIMATES = "estimate", "budget_ended"
"""Fields of a measure that are no figures of their own."""

BUDGET_ENDED = "The budget of the search ended"
"""Beginning of the note on an answer that is not complete."""

MIN_SHOWN_PROBABILITY = 5e-4
"""Least probability of the longest name length that a histogram shows."""


@namesmith.command("top")
@click.option(
    "--count",
    type=int,
    default=10,
    show_default=True,
    help=f"Number of names, up to {MAX_TOP_NAMES:,}.",
)
@sampling_options
@constraint_options
@model_option
@format_options
@connection_options
def top(
    *, count: int, model: str, form: Format | None, **settings: Unpack[SamplingAndConstraint]
) -> None:
    """List the most probable names, exactly, with their natural-log probabilities."""
    with connected() as client:
        result = client.top(count, model=model, **settings)
    if result.exhausted and form is not Format.JSON:
        click.echo(_only(len(result.names)), err=True)
    if result.budget_ended and form is not Format.JSON:
        click.echo(f"{BUDGET_ENDED}: the first {len(result.names)} names are certain.", err=True)
    Report(
        data=asdict(result),
        columns=("name", "log-probability"),
        rows=list(zip(result.names, result.log_probs, strict=True)),
        caption=f"{result.model} version {result.version}",
    ).show(form)


def _only(count: int) -> str:
    return f"There are only {count} such names." if count > 1 else "There is only one such name."


@namesmith.command("measure")
@click.option(
    "--floor",
    type=float,
    help=f"Count the names of at least this natural-log probability, in [-{MAX_FLOOR_NATS}, 0].",
)
@sampling_options
@constraint_options
@model_option
@format_options
@connection_options
def measure(
    *,
    floor: float | None,
    model: str,
    form: Format | None,
    **settings: Unpack[SamplingAndConstraint],
) -> None:
    """Print how probable it is that a name satisfies a constraint.

    Without a chain figures are estimates, and are printed with an interval that holds the true one
    in 95 % of questions.
    """
    with connected() as client:
        result = client.measure(floor=floor, model=model, **settings)
    data = asdict(result)
    if result.names_above_floor is None:
        del data["names_above_floor"], data["more_above_floor"]
    if result.budget_ended and form is not Format.JSON:
        click.echo(f"{BUDGET_ENDED}: there may be more names above the floor.", err=True)
    Report(data=data, columns=("figure", "value"), rows=_figures(result, data)).show(form)


def _figures(measure: Measure, data: dict[str, Any]) -> list[tuple[str, object]]:
    """Make the rows of a measure: estimates with their intervals, whole numbers as integers."""
    shown = {name: value for name, value in data.items() if name not in OF_ESTIMATES}
    if measure.names < MAX_EXACT_COUNT:
        shown["names"] = int(measure.names)
    for figure, interval in (data["estimate"] or {}).items():
        if figure in shown and interval is not None:
            low, high = interval.values()
            shown[figure] = f"{shown[figure]:.4g} (95 %: {low:.4g} to {high:.4g})"
    return list(shown.items())


@namesmith.command("describe")
@model_option
@format_options
@connection_options
def describe(*, model: str, form: Format | None) -> None:
    """Print figures of a model's names as a whole, with a histogram of their lengths."""
    with connected() as client:
        result = client.describe(model)
    data = asdict(result)
    rows = {name: value for name, value in data.items() if isinstance(value, str | int | float)}
    rows |= {f"perplexity_{name}": value for name, value in result.perplexities.items()}
    figures = Report(data=data, columns=("figure", "value"), rows=list(rows.items()))
    figures.show(form)
    if form in {None, Format.TABLE}:
        columns = ("length", "probability", "")
        lengths = _histogram(result.length_probabilities)
        Report(data={}, columns=columns, rows=lengths).show(form)


def _histogram(probabilities: Sequence[float]) -> list[tuple[object, ...]]:
    """Make the rows (length, probability, bar), up to the last length that is shown."""
    last = max(
        length
        for length, p in enumerate(probabilities)
        if p >= MIN_SHOWN_PROBABILITY or length == 0
    )
    most, bar = max(probabilities), _bar()
    width = min(MAX_BAR_CHARACTERS, max(shutil.get_terminal_size().columns - OTHER_CHARACTERS, 1))
    return [
        (length, p, bar * round(width * p / most))
        for length, p in enumerate(probabilities[: last + 1])
    ]


def _bar() -> str:
    """Return the character of the bars, which the terminal can show."""
    return "█" if (sys.stdout.encoding or "").lower().startswith("utf") else "#"
