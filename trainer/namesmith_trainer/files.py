"""Writing files so that a reader, or a machine that loses power, sees the old or the new, whole."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Names the file in an OSError that names none, as that of a full disk."""
    try:
        yield
    except OSError as error:
        error.filename = error.filename or str(path)
        raise


def write_synced(path: Path, raw: bytes) -> None:
    """Writes a file and forces it to the disk; its folder is not yet forced.

    Raises:
        OSError: part of it may be there.
    """
    with naming(path), path.open("wb") as file:
        file.write(raw)
        file.flush()
        os.fsync(file.fileno())


def write_whole(path: Path, raw: bytes) -> None:
    """Writes a file that is the old one or the new one at every moment.

    Raises:
        OSError: the old one stays, and nothing else does.
    """
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    os.close(descriptor)
    partial = Path(name)
    try:
        write_synced(partial, raw)
        partial.rename(path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
    sync(path.parent)


def sync(folder: Path) -> None:
    """Forces a folder's entries to the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
