"""The connection options, before or after the subcommand, and the client made from them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from namesmith.files import read_plain
from namesmith_client import TLS, Client, NamesmithError
from namesmith_client._channel import DEFAULT_TIMEOUT

Command = Callable[..., Any]


def _keep(context: click.Context, option: click.Parameter, value: object) -> None:
    """Keep an option's value for the client; the last value on the command line wins."""
    kept = context.ensure_object(dict)
    name = str(option.name)
    if name not in kept or context.get_parameter_source(name) is ParameterSource.COMMANDLINE:
        kept[name] = value


OPTIONS = (
    click.option(
        "--address",
        envvar="NAMESMITH_ADDRESS",
        default="localhost:50051",
        show_default=True,
        show_envvar=True,
        metavar="HOST:PORT",
        callback=_keep,
        expose_value=False,
        help="The server.",
    ),
    click.option(
        "--timeout",
        envvar="NAMESMITH_TIMEOUT",
        type=float,
        show_envvar=True,
        metavar="SECONDS",
        callback=_keep,
        expose_value=False,
        help=f"How long a call may take; {DEFAULT_TIMEOUT:g} unless given, no limit for long work.",
    ),
    click.option(
        "--tls",
        is_flag=True,
        envvar="NAMESMITH_TLS",
        show_envvar=True,
        callback=_keep,
        expose_value=False,
        help="Encrypt, and check the server's certificate.",
    ),
    click.option(
        "--tls-roots",
        envvar="NAMESMITH_TLS_ROOTS",
        show_envvar=True,
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        metavar="FILE",
        callback=_keep,
        expose_value=False,
        help="PEM certificates of the authorities to trust; implies --tls.",
    ),
    click.option(
        "--tls-server-name",
        envvar="NAMESMITH_TLS_SERVER_NAME",
        show_envvar=True,
        metavar="NAME",
        callback=_keep,
        expose_value=False,
        help="The name in the certificate, if not the address's; implies --tls.",
    ),
)


def connection_options(command: Command) -> Command:
    """Add the connection options to a command, or to the group of all commands."""
    for option in reversed(OPTIONS):
        command = option(command)
    return command


@contextmanager
def connected() -> Iterator[Client]:
    """Provide the client that the connection options describe.

    Raises:
        click.ClickException: a call has failed; the exception's message is one line.
        click.UsageError: the address or the timeout is out of its bounds.
    """
    kept = click.get_current_context().obj
    timeout = DEFAULT_TIMEOUT if kept["timeout"] is None else kept["timeout"]
    address, tls = kept["address"], _tls(kept)
    try:
        client = Client(address, timeout=timeout, tls=tls)
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    try:
        with client:
            yield client
    except NamesmithError as error:
        from namesmith_client.cli.diagnosis import (  # noqa: PLC0415 - where a call failed
            difference_about_tls,
        )

        told = difference_about_tls(error, address, has_tls=tls is not None) or str(error)
        raise click.ClickException(" ".join(told.split())) from error


def timeout_of(*, long: bool) -> float | None:
    """Return the timeout of a streaming call in seconds; by default, long work has no timeout."""
    given: float | None = click.get_current_context().obj["timeout"]
    return DEFAULT_TIMEOUT if given is None and not long else given


def _tls(kept: dict[str, Any]) -> TLS | None:
    roots, name = kept["tls_roots"], kept["tls_server_name"]
    if not (kept["tls"] or roots or name):
        return None
    try:
        return TLS(read_plain(roots) if roots else None, name)
    except OSError as error:
        raise click.UsageError(f"--tls-roots {roots}: {error.strerror}") from error
    except ValueError as error:
        raise click.UsageError(f"--tls-roots {roots}: holds no PEM certificate") from error
