"""The commands that print the models of a server and the state of a server."""

from dataclasses import asdict

import click

from namesmith_client import Health
from namesmith_client.cli.connection import connected, connection_options
from namesmith_client.cli.group import namesmith
from namesmith_client.cli.report import Format, Report, format_options


@namesmith.command("models")
@format_options
@connection_options
def models(*, form: Format | None) -> None:
    """List the models that the server serves."""
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
