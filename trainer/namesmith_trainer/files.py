"""Writing files so that a reader, or a machine that loses power, sees the old or the new, whole."""

import errno
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Names this path in an OSError: what the user gave, not what lies beside or in it."""
    try:
        yield
    except OSError as error:
        error.filename = str(path)
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

    Sweeps what a process left beside it that was killed while it wrote the same file.

    Raises:
        OSError: the old one stays, and nothing else does.
    """
    prefix = f".{path.name}.partial-"
    with naming(path):
        for left in path.parent.iterdir():
            if left.name.startswith(prefix):
                left.unlink(missing_ok=True)
        partial = path.with_name(prefix + secrets.token_hex(4))
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


def check_writable(folder: Path) -> None:
    """Finds out whether a folder can be written in, or be made where it is missing.

    Raises:
        OSError: it cannot; names the folder, or the one above it that is in the way.
    """
    while not os.path.lexists(folder):
        folder = folder.parent
    if not folder.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(folder))
    if not os.access(folder, os.W_OK | os.X_OK):
        raise PermissionError(errno.EACCES, "cannot be written in", str(folder))


def check_folder(file: Path) -> None:
    """Finds out whether a file can be written beside its place: its folder is there.

    Raises:
        OSError: it is not, or cannot be written in; names the file.
    """
    with naming(file):
        file.parent.stat()
        check_writable(file.parent)
