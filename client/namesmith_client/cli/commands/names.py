"""The commands that sample names or score them."""

import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Unpack

import click

from namesmith.limits import (
    MAX_DISTINCT_NAMES,
    MAX_SCORED_NAMES,
    MAX_STREAMED_NAMES,
)
from namesmith_client import SamplingAndConstraint, ScoredNames
from namesmith_client.cli.connection import connected, connection_options, timeout_of
from namesmith_client.cli.group import namesmith
from namesmith_client.cli.name_lines import NameLines, faults_by_line
from namesmith_client.cli.name_output import show_json, show_names, show_table
from namesmith_client.cli.part_output import refuse_beside_out, write_out
from namesmith_client.cli.progress_bar import LONG_WORK, with_progress_bar
from namesmith_client.cli.report import MAX_TABLE_ROWS, Format, Report, format_options, is_table
from namesmith_client.cli.row_range import PartNumber, RowRange, part_of
from namesmith_client.cli.shared_options import constraint_options, model_option, sampling_options

DEFAULT_COUNT = 10
"""Number of names that are generated unless the caller says otherwise."""

GAVE_UP = "Gave up: there may be more such names, too rare to be found by trying."


@namesmith.command("generate")
@click.option(
    "--count",
    type=int,
    help=f"Number of names, up to {MAX_STREAMED_NAMES:,}; 10 unless given.",
)
@click.option(
    "--rows",
    type=RowRange(),
    metavar="FIRST:END",
    help="In place of --count: the names of these rows, FIRST and those up to END, END left out.",
)
@click.option(
    "--part",
    type=PartNumber(),
    metavar="I/PARTS",
    help="Of the rows, the part I of as many equal PARTS; the first is 0.",
)
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write a file, whole or not at all, with a manifest beside: .csv, .jsonl, either with"
    " .zst, or .parquet. Needs --seed; a file that is there and right is kept.",
)
@click.option(
    "--seed",
    type=click.IntRange(0, 2**64 - 1),
    metavar="INTEGER",
    help="The same seed and options give the same names; without it the server draws one.",
)
@sampling_options
@constraint_options
@click.option(
    "--distinct", is_flag=True, help=f"Return no name twice, of up to {MAX_DISTINCT_NAMES:,}."
)
@click.option("--log-probs", is_flag=True, help="Print log-probabilities; --json always does.")
@model_option
@format_options
@connection_options
def generate(  # noqa: PLR0913 - an option is an argument
    *,
    count: int | None,
    rows: range | None,
    part: tuple[int, int] | None,
    out: Path | None,
    seed: int | None,
    distinct: bool,
    log_probs: bool,
    model: str,
    form: Format | None,
    **settings: Unpack[SamplingAndConstraint],
) -> None:
    """Sample whole names."""
    if rows is None:
        if part is not None or out is not None:
            raise click.UsageError("--part and --out need --rows")
        first_row, count = 0, DEFAULT_COUNT if count is None else count
    elif count is not None:
        raise click.UsageError("--count and --rows: one of both is expected")
    else:
        rows = rows if part is None else part_of(rows, *part)
        first_row, count = rows.start, rows.stop - rows.start
    if rows is not None and out is not None:
        refuse_beside_out(form=form, distinct=distinct)
        write_out(out, rows, seed, model, log_probs=log_probs, **settings)
        return
    if form is Format.TABLE and count > MAX_TABLE_ROWS:
        raise click.UsageError(f"--format table: {count} names, up to {MAX_TABLE_ROWS} fit in one")
    long = count > LONG_WORK
    with (
        connected() as client,
        client.stream(
            count,
            seed=seed,
            first_row=first_row,
            distinct=distinct,
            log_probs=log_probs or form is Format.JSON,
            model=model,
            timeout=timeout_of(long=long),
            **settings,
        ) as stream,
        with_progress_bar(stream.chunks(), count if long else 0) as chunks,
    ):
        if form is Format.JSON:
            show_json(chunks, count)
        elif is_table(form, count):
            show_table(chunks)
        else:
            show_names(chunks, form, has_log_probs=log_probs)
        if stream.exhausted and form is not Format.JSON:
            click.echo("There are no more such names.", err=True)
        if stream.gave_up and form is not Format.JSON:
            click.echo(GAVE_UP, err=True)


@namesmith.command(
    "score",
    help="Print the natural-log probability of each name;"
    f' "-" reads up to {MAX_SCORED_NAMES:,}, one a line.',
)
@click.argument("names", nargs=-1, required=True, metavar="NAME... | -")
@click.option("--per-character", is_flag=True, help="Print the value of every symbol too.")
@click.option(
    "--plausibility",
    is_flag=True,
    help="Print the share of the model's own names that are less probable too, in [0, 1]:"
    " that of junk is near 0.",
)
@model_option
@format_options
@connection_options
def score(
    *,
    names: tuple[str, ...],
    per_character: bool,
    plausibility: bool,
    model: str,
    form: Format | None,
) -> None:
    """Print the natural-log probability of each name."""
    read = NameLines(sys.stdin.buffer) if names == ("-",) else None
    with connected() as client, faults_by_line(read):
        result = client.score(
            tuple(read or names),
            per_character=per_character,
            plausibility=plausibility,
            model=model,
        )
    _scores(result).show(form)


def _scores(result: ScoredNames) -> Report:
    """Return the report of scores, with a column for each value that was asked for."""
    data = {key: value for key, value in asdict(result).items() if value is not None}
    columns: dict[str, Sequence[object]] = {
        "name": result.names,
        "log-probability": result.log_probs,
    }
    if result.plausibilities is not None:
        columns["plausibility"] = result.plausibilities
    if result.character_log_probs is not None:
        columns["per character"] = [
            " ".join(map(str, values)) for values in result.character_log_probs
        ]
    return Report(
        data=data,
        columns=tuple(columns),
        rows=list(zip(*columns.values(), strict=True)),
        caption=f"{result.model} version {result.version}",
    )
