"""The options of models in this process, and the client that calls them."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import click

from namesmith_client import Client, NamesmithError
from namesmith_client.cli.kept_option import kept_option
from namesmith_client.cli.unwinding import unwinding

OFFLINE_OPTIONS = (
    kept_option(
        "--offline",
        is_flag=True,
        envvar="NAMESMITH_OFFLINE",
        show_envvar=True,
        help="Call no server: load the model here, with the package namesmith[server].",
    ),
    kept_option(
        "--models-folder",
        type=click.Path(exists=True, file_okay=False, path_type=Path),
        metavar="FOLDER",
        help="Bundles to load --offline, in place of the ones that ship.",
    ),
)


@contextmanager
def offline_models(folder: Path | None) -> Iterator[Client]:
    """Provide a client of the models that the command asks for, in this process.

    Args:
        folder: folder of bundles; None: the ones that ship.

    Raises:
        click.ClickException: no model can be served, or a call has failed.
    """
    from namesmith_client.offline import offline_client  # noqa: PLC0415 - where it is asked for

    model = click.get_current_context().params.get("model") or ""
    with ExitStack() as stack:
        stack.enter_context(unwinding())  # the folder of the socket does not stay
        try:
            client = stack.enter_context(offline_client(folder, model=model))
        except (ImportError, ValueError) as error:
            raise click.ClickException(f"--offline: {error}") from error
        try:
            yield client
        except NamesmithError as error:
            raise click.ClickException(str(error)) from error
