"""A client of models in its own process, without a server beside.

    from namesmith_client.offline import offline_client

    with offline_client(model="us-names") as client:
        print(client.generate(10, seed=42).names)

It needs the server's package, ``pip install "namesmith[server]"``, and calls the very services that
a server offers: the same arguments give the same names, and the same errors.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from namesmith_client._client import Client

__all__ = ["offline_client"]

GROUP = "namesmith.offline"
"""Group of the entry point by which the server's package offers to serve in this process."""

Serve = Callable[[Path | None, str], AbstractContextManager[str]]
"""A function that serves the models of a folder, or the embedded ones, of which one is wanted, and
provides the address to call."""


@contextmanager
def offline_client(models: str | Path | None = None, *, model: str = "") -> Iterator[Client]:
    """Provide a client whose calls are answered in this process; no call has a deadline.

    Args:
        models: folder of bundles, as a trainer publishes them; None: the ones that ship with the
            server.
        model: the model that calls will name, NAME, NAME/VERSION, NAME@LABEL or a blend of them;
            empty: the default model of the ones that ship, and every model of a folder.

    Raises:
        ImportError: the server's package is not installed.
        ValueError: no model can be served; the message says why.
    """
    from importlib.metadata import entry_points  # noqa: PLC0415 - slow to import

    found = entry_points(group=GROUP)
    if not found:
        raise ImportError(
            'namesmith_client.offline: needs the server: pip install "namesmith[server]"'
        )
    (one,) = {entry.value: entry for entry in found}.values()
    serve: Serve = one.load()
    folder = None if models is None else Path(models)
    with serve(folder, model) as address, Client(address, timeout=None) as client:
        yield client
