"""The packages of the extra ``server``: dependencies of the server beyond the client's."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def require_extra() -> Iterator[None]:
    """Exit with 1 and one line where a package of the extra is missing, instead of a traceback."""
    try:
        yield
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("namesmith"):
            raise
        sys.exit(f"namesmith-server: {error.name} is not installed; install namesmith[server]")
