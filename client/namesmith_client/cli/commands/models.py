"""The commands that print the models of a server and the state of a server."""

from dataclasses import asdict

import click

from namesmith.limits import MAX_DATA_LABELS
from namesmith_client import Health
from namesmith_client.cli.connection import connected, connection_options
from namesmith_client.cli.group import namesmith
from namesmith_client.cli.report import Format, Report, format_options

FIGURES = ("model", "version", "default", "backend", "device", "parameters", "data")
"""Columns that every model has a value for."""


def _labels(
    _context: click.Context, _option: click.Parameter, texts: tuple[str, ...]
) -> dict[str, str]:
    """Return labels by their keys; a text that is none, or a key given twice, is a usage error."""
    pairs = [text.partition("=") for text in texts]
    for text, (_, equals, _) in zip(texts, pairs, strict=True):
        if not equals:
            raise click.BadParameter(f"{text!r} is not KEY=VALUE")
    labels = {key: value for key, _, value in pairs}
    if len(labels) < len(pairs):
        raise click.BadParameter("a key stands twice")
    return labels


@namesmith.command("models")
@click.option(
    "--label",
    "labels",
    multiple=True,
    metavar="KEY=VALUE",
    callback=_labels,
    help=f"List models whose data has this label; may be given up to {MAX_DATA_LABELS} times.",
)
@click.option(
    "--licence",
    default="",
    metavar="SPDX",
    help="List models whose data has this licence, such as CC0-1.0.",
)
@format_options
@connection_options
def models(*, labels: dict[str, str], licence: str, form: Format | None) -> None:
    """List the models that the server serves."""
    with connected() as client:
        result = client.models(data_labels=labels, licence=licence)
    Report(
        data={"models": [asdict(model) for model in result]},
        columns=(*FIGURES, "labels of data", "licence"),
        rows=[
            (
                model.name,
                model.version,
                "yes" if model.default else "no",
                model.backend,
                model.device,
                model.parameters,
                model.data,
                ", ".join(f"{key}={value}" for key, value in sorted(model.data_labels.items())),
                model.licence,
            )
            for model in result
        ],
    ).show(form)


@namesmith.command("health")
@click.option("--wait", is_flag=True, help="Wait, up to --timeout, until the server serves.")
@click.option(
    "--service",
    default="",
    metavar="NAME",
    help="Name of a model, or full name of a gRPC service; empty: the server as a whole.",
)
@format_options
@connection_options
def health(*, wait: bool, service: str, form: Format | None) -> None:
    """Print the server's state; the exit status is 0 only when it is SERVING."""
    with connected() as client:
        if wait:
            client.wait_ready()
        state = client.health(service=service)
    Report(data={"status": state}, columns=("status",), rows=[(state,)]).show(form)
    if state is not Health.SERVING:
        raise SystemExit(1)
