"""Writes files atomically: after a crash or a power loss the old file or the new file is whole."""

import errno
import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Make an OSError name ``path``, which the user gave, not a file beside it or inside it."""
    try:
        yield
    except OSError as error:
        error.filename = str(path)
        raise


def write_synced(path: Path, raw: bytes) -> None:
    """Write a file and force its bytes to the disk, but not the file's entry in its folder.

    Raises:
        OSError: the write failed, and a part of the file may be left; the error names the path.
    """
    with naming(path), path.open("wb") as file:
        file.write(raw)
        file.flush()
        os.fsync(file.fileno())


def write_whole(path: Path, raw: bytes) -> None:
    """Replace a file so that readers find the whole old file or the whole new file.

    Partial files that a killed writer of the same file has left are removed first.

    Raises:
        OSError: the old file stays, and no partial file is left; the error names the path.
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


def write_all(files: Mapping[Path, bytes]) -> None:
    """Write files that do not exist yet, all or none; missing folders are made.

    Raises:
        OSError: no file is left; the error names the path.
    """
    try:
        for path, raw in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(path, raw)
    except BaseException:
        for path in files:
            path.unlink(missing_ok=True)
        raise


def sync(folder: Path) -> None:
    """Force the entries of a folder to the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def check_writable(folder: Path) -> None:
    """Check that a folder can be written in, or can be made where it is missing.

    Raises:
        NotADirectoryError: a file is in the way; the error names the file.
        PermissionError: the folder, or the nearest existing folder above a missing folder, cannot
            be written in.
    """
    while not os.path.lexists(folder):
        folder = folder.parent
    if not folder.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(folder))
    if not os.access(folder, os.W_OK | os.X_OK):
        raise PermissionError(errno.EACCES, "cannot be written in", str(folder))


def check_folder(file: Path) -> None:
    """Check that the folder of a file exists and can be written in.

    Raises:
        OSError: the folder does not exist or cannot be written in; the error names the file.
    """
    with naming(file):
        file.parent.stat()
        check_writable(file.parent)
