"""The connection options, before or after the subcommand, and the client made from them."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import click

from namesmith.files import read_plain
from namesmith.quoting import MAX_QUOTED, printable
from namesmith_client import TLS, Client, NamesmithError
from namesmith_client._sync_caller import SyncCaller
from namesmith_client._target import DEFAULT_TIMEOUT
from namesmith_client.cli.kept_option import kept_option
from namesmith_client.cli.offline_models import OFFLINE_OPTIONS, offline_models
from namesmith_client.cli.option_words import by_option

Command = Callable[..., Any]

Opened = TypeVar("Opened", bound=SyncCaller)

TOKEN = "NAMESMITH_TOKEN"  # noqa: S105 - the name of the variable
"""Variable that holds the token."""

NO_SERVER = "namesmith-server starts a server, --offline needs none"
"""Words for those whose server cannot be reached."""

MAX_TOKEN_FILE_BYTES = 4_096
"""Number of bytes that are read of the file of a token."""

OPTIONS = (
    kept_option(
        "--address",
        envvar="NAMESMITH_ADDRESS",
        default="localhost:50051",
        show_default=True,
        show_envvar=True,
        metavar="HOST[:PORT]",
        help="The server; several, with commas between them, share the calls.",
    ),
    kept_option(
        "--timeout",
        envvar="NAMESMITH_TIMEOUT",
        type=float,
        show_envvar=True,
        metavar="SECONDS",
        help=f"How long a call may take; {DEFAULT_TIMEOUT:g} unless given, no limit for long work.",
    ),
    kept_option(
        "--tls",
        is_flag=True,
        envvar="NAMESMITH_TLS",
        show_envvar=True,
        help="Encrypt, and check the server's certificate.",
    ),
    kept_option(
        "--tls-roots",
        envvar="NAMESMITH_TLS_ROOTS",
        show_envvar=True,
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        metavar="FILE",
        help="PEM certificates of the authorities to trust; implies --tls.",
    ),
    kept_option(
        "--tls-server-name",
        envvar="NAMESMITH_TLS_SERVER_NAME",
        show_envvar=True,
        metavar="NAME",
        help="The name in the certificate, if not the address's; implies --tls.",
    ),
    kept_option(
        "--client-certificate",
        envvar="NAMESMITH_CLIENT_CERTIFICATE",
        show_envvar=True,
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        metavar="FILE",
        help="The client's own certificate chain, for servers that ask for one; implies --tls.",
    ),
    kept_option(
        "--client-key",
        envvar="NAMESMITH_CLIENT_KEY",
        show_envvar=True,
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        metavar="FILE",
        help="The private key of --client-certificate.",
    ),
    kept_option(
        "--token-file",
        envvar="NAMESMITH_TOKEN_FILE",
        show_envvar=True,
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        metavar="FILE",
        help=f"File that holds the token to show; without it, the variable {TOKEN}.",
    ),
    kept_option(
        "--token",
        metavar="TOKEN",
        help="The token to show, which other users of this machine can see: rather --token-file.",
    ),
    *OFFLINE_OPTIONS,
    kept_option(
        "--header",
        multiple=True,
        metavar="KEY=VALUE",
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
        with offline_models(kept["models_folder"]) as client:
            yield client
        return
    if kept["models_folder"]:
        raise click.UsageError("--models-folder: there is no --offline to load the bundles for")
    timeout = DEFAULT_TIMEOUT if kept["timeout"] is None else kept["timeout"]

    tls, token, headers = _tls(kept), _token(kept), _headers(kept)
    address: str = kept["address"]
    is_list = "," in address and not address.startswith(("ipv4:", "ipv6:"))
    addresses = address.split(",") if is_list else address

    def make() -> Client:
        return Client(addresses, timeout=timeout, tls=tls, token=token, metadata=headers)

    with opened(make, address, tls=tls, hint=NO_SERVER) as client:
        yield client


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
