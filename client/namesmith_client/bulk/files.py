"""Files that appear whole, and whose SHA-256 is known."""

import hashlib
import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile
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

    After an error there is no such file, and the path is as it was.
    """
    with NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
        beside = Path(file.name)
        try:
            yield file.file
            file.flush()
            os.fsync(file.fileno())
            beside.chmod(0o666 & ~_umask())
            beside.replace(path)
        except BaseException:
            beside.unlink()
            raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)  # so that the new name is on disk
    finally:
        os.close(folder)


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(BLOCK_BYTES):
            digest.update(block)
    return digest.hexdigest()


def _umask() -> int:
    umask = os.umask(0)
    os.umask(umask)
    return umask
