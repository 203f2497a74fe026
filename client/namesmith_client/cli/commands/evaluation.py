"""The command that prints the loss of a model."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, BinaryIO

import click

from namesmith_client import Client, Evaluation
from namesmith_client.cli.connection import connected, connection_options, timeout_of
from namesmith_client.cli.group import namesmith
from namesmith_client.cli.name_lines import NameLines, faults_by_line
from namesmith_client.cli.report import Format, Report, format_options
from namesmith_client.cli.shared_options import model_option

FIGURES = (
    "split",
    "loss",
    "names",
    "symbols",
    "model",
    "version",
    "data_sha256",
    "perplexity",
    "bits_per_character",
    "backend",
    "device",
    "seen",
    "unseen",
    "novel_loss",
    "occurrences",
)
"""Attributes of an evaluation in the order in which they are printed.

An evaluation of the caller's own names has neither a split with its parts nor a data file.
"""

SPLITS = {"train", "val", "test"}
"""Splits of every model, which are no files even where a file has such a name."""


@namesmith.command("evaluate")
@click.argument("split", required=False)
@click.option("--split", "option", default="val", hidden=True, help="The same as SPLIT.")
@click.option(
    "--names",
    type=click.File("rb"),
    metavar="FILE",
    help='Evaluate the names in a file instead, one a line; "-" is standard input.',
)
@model_option
@format_options
@connection_options
def evaluate(
    *, split: str | None, option: str, names: BinaryIO | None, model: str, form: Format | None
) -> None:
    """Print the model's loss on a SPLIT of its data: train, val (the default) or test.

    It is printed also apart for the names that do (seen) and do not (unseen) stand in the split
    train; where none does, and the model has a chain, also given that names are novel.
    """
    if names is not None and split is not None:
        raise click.UsageError(f"SPLIT {split!r} and --names: only one can be evaluated")
    if split not in SPLITS and split is not None and Path(split).is_file():
        raise click.UsageError(f"SPLIT {split!r} is a file, and no split: --names {split}")
    with connected() as client:
        result = (
            client.evaluate(option if split is None else split, model=model)
            if names is None
            else _evaluation_of(client, names, model)
        )
    found = asdict(result)
    data = {figure: found[figure] for figure in FIGURES if figure in found}
    rows = list(_rows(data))
    Report(data=data, columns=("figure", "value"), rows=rows).show(form)


def _rows(data: Mapping[str, Any]) -> Iterator[tuple[str, object]]:
    """Yield the rows of an evaluation: the figures of a part of a split have a row each.

    A loss that is not there, of a part without names or of novel names, has no row, and so has the
    sum of counts that names do not have.
    """
    for figure, value in data.items():
        if isinstance(value, dict):
            known = value if value["names"] else {"names": 0}
            yield from ((f"{figure}_{name}", each) for name, each in known.items())
        elif value is not None and (figure, value) != ("occurrences", 0):
            yield figure, value


def _evaluation_of(client: Client, file: BinaryIO, model: str) -> Evaluation:
    """Return the evaluation of the names in a file."""
    names = NameLines(file)
    with faults_by_line(names):
        return client.evaluate_names(names, model=model, timeout=timeout_of(long=True))
