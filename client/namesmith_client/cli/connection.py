"""The connection options, before or after the subcommand, and the client made from them."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, TypeVar

import click
from click.core import ParameterSource

from namesmith.files import read_plain
from namesmith.quoting import MAX_QUOTED, printable
from namesmith_client import TLS, Client, NamesmithError
from namesmith_client._sync_caller import SyncCaller
from namesmith_client._target import DEFAULT_TIMEOUT
from namesmith_client.cli.option_words import by_option

Command = Callable[..., Any]

Opened = TypeVar("Opened", bound=SyncCaller)


def keep(context: click.Context, option: click.Parameter, value: object) -> None:
    """Keep an option's value for the client; the last value on the command line wins."""
    kept = context.ensure_object(dict)
    name = str(option.name)
    if name not in kept or context.get_parameter_source(name) is ParameterSource.COMMANDLINE:
        kept[name] = value


TOKEN = "NAMESMITH_TOKEN"  # noqa: S105 - the name of the variable
"""Variable that holds the token."""

MAX_TOKEN_FILE_BYTES = 4_096
"""Number of bytes that are read of the file of a token."""

OPTIONS = (
    click.option(
        "--address",
        envvar="NAMESMITH_ADDRESS",
        default="localhost:50051",
        show_default=True,
        show_envvar=True,
        metavar="HOST[:PORT]",
        callback=keep,
        expose_value=False,
        help="The server; several, with commas between them, share the calls.",
    ),
    click.option(
        "--timeout",
        envvar="NAMESMITH_TIMEOUT",
        type=float,
        show_envvar=True,
        metavar="SECONDS",
        callback=keep,
        expose_value=False,
        help=f"How long a call may take; {DEFAULT_TIMEOUT:g} unless given, no limit for long work.",
    ),
    click.option(
        "--tls",
        is_flag=True,
        envvar="NAMESMITH_TLS",
        show_envvar=True,
        callback=keep,
        expose_value=False,
        help="Encrypt, and check the server's certificate.",
    ),
    click.option(
        "--tls-roots",
        envvar="NAMESMITH_TLS_ROOTS",
        show_envvar=True,
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        metavar="FILE",
        callback=keep,
        expose_value=False,
        help="PEM certificates of the authorities to trust; implies --tls.",
    ),
    click.option(
        "--tls-server-name",
        envvar="NAMESMITH_TLS_SERVER_NAME",
        show_envvar=True,
        metavar="NAME",
        callback=keep,
        expose_value=False,
        help="The name in the certificate, if not the address's; implies --tls.",
    ),
    click.option(
        "--client-certificate",
        envvar="NAMESMITH_CLIENT_CERTIFICATE",
        show_envvar=True,
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        metavar="FILE",
        callback=keep,
        expose_value=False,
        help="The client's own certificate chain, for servers that ask for one; implies --tls.",
    ),
    click.option(
        "--client-key",
        envvar="NAMESMITH_CLIENT_KEY",
        show_envvar=True,
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        metavar="FILE",
        callback=keep,
        expose_value=False,
        help="The private key of --client-certificate.",
    ),
    click.option(
        "--token-file",
        envvar="NAMESMITH_TOKEN_FILE",
        show_envvar=True,
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        metavar="FILE",
        callback=keep,
        expose_value=False,
        help=f"File that holds the token to show; without it, the variable {TOKEN}.",
    ),
    click.option(
        "--token",
        metavar="TOKEN",
        callback=keep,
        expose_value=False,
        help="The token to show, which other users of this machine can see: rather --token-file.",
    ),
    click.option(
        "--offline",
        is_flag=True,
        envvar="NAMESMITH_OFFLINE",
        show_envvar=True,
        callback=keep,
        expose_value=False,
        help="Call no server: load the model here, with the package namesmith[server].",
    ),
    click.option(
        "--models-folder",
        type=click.Path(exists=True, file_okay=False, path_type=Path),
        metavar="FOLDER",
        callback=keep,
        expose_value=False,
        help="Bundles to load --offline, in place of the ones that ship.",
    ),
    click.option(
        "--header",
        multiple=True,
        metavar="KEY=VALUE",
        callback=keep,
        expose_value=False,
        help="Metadata of every call; may be given again.",
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
    if kept["offline"]:
        with _offline(kept) as client:
            yield client
        return
    timeout = DEFAULT_TIMEOUT if kept["timeout"] is None else kept["timeout"]

    tls, token, headers = _tls(kept), _token(kept), _headers(kept)
    address: str = kept["address"]
    is_list = "," in address and not address.startswith(("ipv4:", "ipv6:"))
    addresses = address.split(",") if is_list else address

    def make() -> Client:
        return Client(addresses, timeout=timeout, tls=tls, token=token, metadata=headers)

    with opened(make, address, tls=tls) as client:
        yield client


@contextmanager
def _offline(kept: dict[str, Any]) -> Iterator[Client]:
    """Provide a client of models in this process, of which the command asks for one."""
    from namesmith_client.offline import offline_client  # noqa: PLC0415 - where it is asked for

    model = click.get_current_context().params.get("model") or ""
    folder: Path | None = kept["models_folder"]
    with ExitStack() as stack:
        try:
            client = stack.enter_context(offline_client(folder, model=model))
        except (ImportError, ValueError) as error:
            raise click.ClickException(f"--offline: {error}") from error
        try:
            yield client
        except NamesmithError as error:
            raise click.ClickException(str(error)) from error


@contextmanager
def opened(
    make: Callable[[], Opened], address: str, *, tls: TLS | None = None, hint: str = ""
) -> Iterator[Opened]:
    """Make a client, provide it, and close it.

    Args:
        make: function that makes the client.
        address: address that the client calls, as it was given.
        tls: TLS of the client.
        hint: words that follow the message about a server that cannot be reached.

    Raises:
        click.ClickException: a call has failed; the exception's message is one line.
        click.UsageError: an option is out of its bounds; the message names it.
    """
    try:
        client = make()
    except (TypeError, ValueError) as error:
        raise click.UsageError(by_option(str(error))) from error
    try:
        with client:
            yield client
    except NamesmithError as error:
        from namesmith_client.cli.diagnosis import diagnosis  # noqa: PLC0415 - where a call failed

        told = diagnosis(error, address, tls, hint)
        raise click.ClickException(" ".join(told.split())) from error


def timeout_of(*, long: bool) -> float | None:
    """Return the timeout of a streaming call in seconds; by default, long work has no timeout."""
    given: float | None = click.get_current_context().obj["timeout"]
    return DEFAULT_TIMEOUT if given is None and not long else given


def _tls(kept: dict[str, Any]) -> TLS | None:
    paths = kept["tls_roots"], kept["client_certificate"], kept["client_key"]
    name = kept["tls_server_name"]
    if not (kept["tls"] or name or any(paths)):
        return None
    roots, certificate, key = (
        _read(option, kept[option]) for option in ("tls_roots", "client_certificate", "client_key")
    )
    try:
        return TLS(roots, name, certificate, key)
    except ValueError as error:
        raise click.UsageError(by_option(str(error))) from error


def _read(option: str, path: Path | None) -> bytes | None:
    """Return the content of the file of an option; None where it is not given."""
    if path is None:
        return None
    try:
        return read_plain(path)
    except OSError as error:
        told = f"--{option.replace('_', '-')} {path}: {error.strerror}"
        raise click.UsageError(told) from error


def _token(kept: dict[str, Any]) -> str | None:
    """Return the token of the options or of the variable, without white space around it."""
    path: Path | None = kept["token_file"]
    if kept["token"] is not None:
        return str(kept["token"]).strip()
    if path is None:
        return os.environ.get(TOKEN, "").strip() or None
    try:
        token = read_plain(path, MAX_TOKEN_FILE_BYTES)
    except OSError as error:
        raise click.UsageError(f"--token-file {path}: {error.strerror}") from error
    return token.decode("ascii", "replace").strip()


def _headers(kept: dict[str, Any]) -> list[tuple[str, str | bytes]]:
    """Return the metadata that the options give."""
    found: list[tuple[str, str | bytes]] = []
    for given in kept["header"]:
        key, mark, value = given.partition("=")
        if not mark:
            raise click.UsageError(f"--header: {printable(key[:MAX_QUOTED])} is not KEY=VALUE")
        found.append((key, value.encode() if key.lower().endswith("-bin") else value))
    return found
