"""Files that appear whole, and whose SHA-256 is known."""

import hashlib
import io
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from errno import EAGAIN
from pathlib import Path
from typing import IO, Any

BLOCK_BYTES = 1 << 20
"""Number of bytes of a file that are read at once."""


class HashingFile(io.RawIOBase):
    """A file that is written through to another, and stays open there when it is closed.

    Attributes:
        size: number of bytes that were written.
        digest: their SHA-256.
    """

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.size = 0
        self.digest = hashlib.sha256()

    def writable(self) -> bool:
        """Return True."""
        return True

    def write(self, data: Any) -> int:  # noqa: ANN401 - any buffer
        """Write bytes."""
        self.digest.update(data)
        written = self._file.write(data)
        self.size += written
        return written


@contextmanager
def replacing(path: Path) -> Iterator[IO[bytes]]:
    """Provide a file beside the path that takes its place at the end, on disk and whole.

    After an error there is no such file, and the path is as it was. The file has one name, the
    path's between "." and ".new": what a killed process left is overwritten by the next.

    Raises:
        BlockingIOError: another process is writing the file.
        OSError: the file cannot be written.
    """
    beside = path.with_name(f".{path.name}.new")
    with _locked(beside) as file:
        try:
            file.truncate()
            yield file
            file.flush()
            os.fsync(file.fileno())
            beside.replace(path)
        except BaseException:
            beside.unlink(missing_ok=True)
            raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)  # so that the new name is on disk
    finally:
        os.close(folder)


@contextmanager
def _locked(path: Path) -> Iterator[IO[bytes]]:
    """Open a file for writing, made where it is missing, that nobody else has open so."""
    import fcntl  # noqa: PLC0415 - Windows, where the other commands run, has none

    with open(path, "wb", opener=_open_uncut) as file:
        is_locked = False
        with suppress(BlockingIOError):
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # Whoever held the lock before may have given the file its place meanwhile.
            is_locked = _is_at(file, path)
        if not is_locked:
            raise BlockingIOError(EAGAIN, "another process is writing the file", str(path))
        yield file


def _is_at(file: IO[bytes], path: Path) -> bool:
    """Tell whether an open file is the one at a path."""
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.lstat())
    except FileNotFoundError:
        return False


def _open_uncut(path: str, flags: int) -> int:
    """Open a file whose content stays until the lock is held; no link is followed."""
    return os.open(path, flags & ~os.O_TRUNC | os.O_NOFOLLOW, 0o666)


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(BLOCK_BYTES):
            digest.update(block)
    return digest.hexdigest()
