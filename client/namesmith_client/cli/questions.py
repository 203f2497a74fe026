"""The commands that ask what a model believes: top, measure, describe."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import click

from namesmith_client.cli.connection import connected, connection_options
from namesmith_client.cli.options import constraint_options, model_option, sampling_options
from namesmith_client.cli.report import Report, json_option

BAR = 40
"""Characters of the longest bar of a histogram."""

EXACT = 2**53
"""Counts below it are whole numbers."""

SHOWN = 5e-4
"""Least probability of the longest names that a histogram shows."""


@click.command("top")
@click.option(
    "--count", type=int, default=10, show_default=True, help="How many names, up to 10,000."
)
@sampling_options
@constraint_options
@model_option
@json_option
@connection_options
def top(*, count: int, as_json: bool, **conditions: Any) -> None:  # noqa: ANN401 - of any option
    """Lists the most probable names, exactly, with their natural-log probabilities."""
    with connected() as client:
        result = client.top(count, **conditions)
    if result.exhausted and not as_json:
        click.echo(_only(len(result.names)), err=True)
    Report(
        data=asdict(result),
        columns=("name", "log-probability"),
        rows=list(zip(result.names, result.log_probs, strict=True)),
        caption=f"{result.model} version {result.version}",
    ).show(as_json=as_json)


def _only(count: int) -> str:
    return f"There are only {count} such names." if count > 1 else "There is only one such name."


@click.command("measure")
@click.option(
    "--floor",
    type=float,
    help="Count the names of at least this natural-log probability, in [-1000000, 0].",
)
@sampling_options
@constraint_options
@model_option
@json_option
@connection_options
def measure(*, as_json: bool, **conditions: Any) -> None:  # noqa: ANN401 - of any option
    """Prints how probable it is that a name satisfies a constraint, exactly."""
    with connected() as client:
        result = client.measure(**conditions)
    data = asdict(result)
    if result.names_above_floor is None:
        del data["names_above_floor"], data["more_above_floor"]
    rows = data | {"names": int(result.names) if result.names < EXACT else result.names}
    Report(data=data, columns=("figure", "value"), rows=list(rows.items())).show(as_json=as_json)


@click.command("describe")
@model_option
@json_option
@connection_options
def describe(*, model: str, as_json: bool) -> None:
    """Prints what a model believes of names as a whole, with a histogram of their lengths."""
    with connected() as client:
        result = client.describe(model)
    data = asdict(result)
    rows = {name: value for name, value in data.items() if isinstance(value, str | int | float)}
    rows |= {f"perplexity_{name}": value for name, value in result.perplexities.items()}
    figures = Report(data=data, columns=("figure", "value"), rows=list(rows.items()))
    figures.show(as_json=as_json)
    if not as_json:
        columns = ("length", "probability", "")
        lengths = _histogram(result.length_probabilities)
        Report(data={}, columns=columns, rows=lengths).show(as_json=False)


def _histogram(probabilities: Sequence[float]) -> list[tuple[object, ...]]:
    """A row a length up to the last that is worth showing: length, probability, bar."""
    last = max(length for length, p in enumerate(probabilities) if p >= SHOWN or length == 0)
    most = max(probabilities)
    return [
        (length, p, "█" * round(BAR * p / most))
        for length, p in enumerate(probabilities[: last + 1])
    ]
