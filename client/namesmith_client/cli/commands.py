"""The commands: arguments to a call, its result to a report.

Bounds are the server's to check: it says which argument is out of them.
"""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any, BinaryIO

import click

from namesmith_client.cli.connection import connected, connection_options, timeout_of
from namesmith_client.cli.lines import NameLines
from namesmith_client.cli.options import constraint_options, model_option, sampling_options
from namesmith_client.cli.progress import progress
from namesmith_client.cli.questions import describe, measure, top
from namesmith_client.cli.report import MAX_TABLE_ROWS, Report, json_option
from namesmith_client.cli.sampled import show_json, show_lines, show_table
from namesmith_client import Client
from namesmith_client import InvalidArgumentError
from namesmith_client import Evaluation, Health

LONG = 100_000
"""More names than this are long work: no deadline unless one is given, and a progress bar."""

GAVE_UP = "Gave up: there may be more such names, too rare to be found by trying."

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
)
"""Of an evaluation, as they are printed; the names of a caller are no split."""


def main() -> None:
    """Ends with 0, 1 for an error of the service, 2 for one of usage."""
    if "GRPC_VERBOSITY" not in os.environ and sys.stderr is not None:
        _silence_native_log()
    # As other filters do: a closed pipe and Ctrl-C end it without a word.
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        commands()
    except OSError as error:  # of a file that is read, or of output: the disk is full
        sys.exit(f"Error: {error.strerror}")


def _silence_native_log() -> None:
    """Leaves standard error to Python, so that the one line of a failure stands alone there.

    gRPC logs broken connections on descriptor 2, at a level that it reads from the environment
    when it is imported, which is before this runs.
    """
    sys.stderr = os.fdopen(os.dup(2), "w", buffering=1, errors="backslashreplace")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)


@click.group("namesmith", context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="namesmith")
@connection_options
def commands() -> None:
    """Names out of a model, and what the model believes of names put in."""


for _command in (top, measure, describe):
    commands.add_command(_command)


@commands.command("generate")
@click.option(
    "--count", type=int, default=10, show_default=True, help="How many names, up to 10^9."
)
@click.option(
    "--seed",
    type=click.IntRange(0, 2**64 - 1),
    metavar="INTEGER",
    help="The same seed and options give the same names; without it the server draws one.",
)
@sampling_options
@constraint_options
@click.option("--distinct", is_flag=True, help="Return no name twice, of up to 100,000.")
@click.option("--log-probs", is_flag=True, help="Print log-probabilities; --json always does.")
@model_option
@json_option
@connection_options
def generate(
    *,
    count: int,
    seed: int | None,
    log_probs: bool,
    as_json: bool,
    **conditions: Any,  # noqa: ANN401 - of any option
) -> None:
    """Samples whole names."""
    long = count > LONG
    with (
        connected() as client,
        client.stream(
            count,
            seed=seed,
            log_probs=log_probs or as_json,
            timeout=timeout_of(long=long),
            **conditions,
        ) as stream,
        progress(stream.chunks(), count if long else 0) as chunks,
    ):
        if as_json:
            show_json(chunks)
        elif sys.stdout.isatty() and count <= MAX_TABLE_ROWS:
            show_table(chunks)
        else:
            show_lines(chunks)
        if stream.exhausted and not as_json:
            click.echo("There are no more such names.", err=True)
        if stream.gave_up and not as_json:
            click.echo(GAVE_UP, err=True)


@commands.command("score")
@click.argument("names", nargs=-1, required=True, metavar="NAME... | -")
@click.option("--per-character", is_flag=True, help="Print the value of every symbol too.")
@model_option
@json_option
@connection_options
def score(*, names: tuple[str, ...], per_character: bool, model: str, as_json: bool) -> None:
    """Prints the natural-log probability of each name; "-" reads up to 100,000, one a line."""
    read = NameLines(sys.stdin.buffer) if names == ("-",) else None
    with connected() as client, _by_line(read):
        result = client.score(tuple(read or names), per_character=per_character, model=model)
    data: dict[str, object] = {"names": result.names, "log_probs": result.log_probs}
    characters = result.character_log_probs
    if characters is not None:
        data["character_log_probs"] = characters
    data |= {"model": result.model, "version": result.version}
    Report(
        data=data,
        columns=("name", "log-probability", *(("per character",) if characters else ())),
        rows=[
            (name, log_prob, *((" ".join(map(str, characters[i])),) if characters else ()))
            for i, (name, log_prob) in enumerate(zip(result.names, result.log_probs, strict=True))
        ],
        caption=f"{result.model} version {result.version}",
    ).show(as_json=as_json)


@commands.command("evaluate")
@click.argument("split", required=False)
@click.option("--split", "option", default="val", hidden=True, help="The same as SPLIT.")
@click.option(
    "--names",
    type=click.File("rb"),
    metavar="FILE",
    help='Evaluate the names in a file instead, one a line; "-" is standard input.',
)
@model_option
@json_option
@connection_options
def evaluate(
    *, split: str | None, option: str, names: BinaryIO | None, model: str, as_json: bool
) -> None:
    """Prints the model's loss on a SPLIT of its data: train, val (the default) or test."""
    if names is not None and split is not None:
        raise click.UsageError(f"SPLIT {split!r} and --names: only one can be evaluated")
    with connected() as client:
        result = (
            client.evaluate(option if split is None else split, model=model)
            if names is None
            else _evaluated(client, names, model)
        )
    found = asdict(result)
    data = {figure: found[figure] for figure in FIGURES if figure in found}
    Report(data=data, columns=("figure", "value"), rows=list(data.items())).show(as_json=as_json)


def _evaluated(client: Client, file: BinaryIO, model: str) -> Evaluation:
    """The loss of the names in a file."""
    names = NameLines(file)
    with _by_line(names):
        return client.evaluate_names(names, model=model, timeout=timeout_of(long=True))


@contextmanager
def _by_line(names: NameLines | None) -> Iterator[None]:
    """Tells a fault of a name by its line, where names are read."""
    try:
        yield
    except InvalidArgumentError as error:
        if names is None:
            raise
        raise click.ClickException(names.placed(str(error))) from error


@commands.command("models")
@json_option
@connection_options
def models(*, as_json: bool) -> None:
    """Lists what the server serves."""
    with connected() as client:
        result = client.models()
    Report(
        data={"models": [asdict(model) for model in result]},
        columns=("model", "version", "default", "backend", "device", "parameters", "data"),
        rows=[
            (
                model.name,
                model.version,
                "yes" if model.default else "no",
                model.backend,
                model.device,
                model.parameters,
                model.data,
            )
            for model in result
        ],
    ).show(as_json=as_json)


@commands.command("health")
@click.option("--wait", is_flag=True, help="Wait, up to --timeout, until the server serves.")
@json_option
@connection_options
def health(*, wait: bool, as_json: bool) -> None:
    """Prints the server's state; the exit status is 0 only when it is SERVING."""
    with connected() as client:
        if wait:
            client.wait_ready()
        state = client.health()
    Report(data={"status": state}, columns=("status",), rows=[(state,)]).show(as_json=as_json)
    if state is not Health.SERVING:
        raise SystemExit(1)
