"""The registry of backends: finds the modules of this folder, each of which registers a backend.

Finding the modules imports no runtime, so that listing the backends costs no memory.
"""

import pkgutil
from functools import cache
from importlib import import_module
from typing import TypeVar

from namesmith_server.backends.base import Backend, BackendUnavailableError

AUTO = "auto"
"""The word that stands for the registered backend of the highest rank."""

BackendClass = TypeVar("BackendClass", bound=type[Backend])

_registered: dict[str, type[Backend]] = {}


def register(backend: BackendClass) -> BackendClass:
    """Make a backend known by its name; used as the decorator of its class.

    Raises:
        ValueError: another backend has the name.
    """
    if _registered.setdefault(backend.name, backend) is not backend:
        raise ValueError(f"backend {backend.name}: is registered twice")
    return backend


def names() -> tuple[str, ...]:
    """Return the names of all backends: by rank on the CPU, the highest first, then by name."""
    _find()

    def place(backend: type[Backend]) -> tuple[int, str]:
        return -backend.auto_rank.get("cpu", 0), backend.name

    return tuple(backend.name for backend in sorted(_registered.values(), key=place))


def devices() -> tuple[str, ...]:
    """Return the devices that at least one backend can compute on, in alphabetical order."""
    return tuple(sorted({device for name in names() for device in get(name).devices}))


def get(name: str) -> type[Backend]:
    """Return the backend of a name.

    Raises:
        BackendUnavailableError: no backend has the name.
    """
    _find()
    try:
        return _registered[name]
    except KeyError:
        raise BackendUnavailableError(f"backend {name}: is none of {', '.join(names())}") from None


@cache
def _find() -> None:
    """Import the modules of this folder; a folder inside it holds no backend."""
    for module in pkgutil.iter_modules(import_module(__package__).__path__):
        if not module.ispkg:
            import_module(f"{__package__}.{module.name}")
