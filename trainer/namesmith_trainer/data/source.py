"""``Source``: the bytes of a file, of standard input or of a built-in data set, as they are."""

import sys
from pathlib import Path
from typing import NamedTuple, Protocol

from namesmith_trainer.data.errors import DataError

STANDARD_INPUT = "-"
"""Source that stands for standard input."""

MAX_BYTES = 1 << 30
"""Size of the largest source in bytes, packed and unpacked: more than a hundred million names."""

CHUNK = 1 << 20
"""Number of bytes that are read at a time."""

BUILT_IN = {"us-names": Path(__file__).parent / "datasets" / "us-names.txt"}
"""File of each built-in data set, by the data set's name."""


class Stream(Protocol):
    """Anything that bytes can be read from."""

    def read(self, size: int, /) -> bytes:
        """Return at most ``size`` bytes; none at the end."""


class Source(NamedTuple):
    """Bytes that hold names.

    Attributes:
        title: name of the source in messages: the path, the data set's name or "standard input".
        name: name that the manifest records: of the file without its folder, of the data set, or
            "stdin".
        raw: the bytes, still packed where the file is packed.
    """

    title: str
    name: str
    raw: bytes


def read_source(source: str) -> Source:
    """Read a built-in data set by its name, standard input as ``-``, or a file by its path.

    Raises:
        DataError: the source cannot be read, has more than ``MAX_BYTES``, or the file's name is not
            UTF-8.
    """
    if source == STANDARD_INPUT:
        if sys.stdin is None:
            raise DataError("standard input: is closed")
        return Source("standard input", "stdin", read_bytes("standard input", sys.stdin.buffer))
    path = BUILT_IN.get(source, Path(source))
    if path.name != path.name.encode(errors="replace").decode():
        shown = source.encode(errors="replace").decode()
        raise DataError(f"{shown}: the file's name is not UTF-8, and goes into the bundle")
    try:
        with path.open("rb") as file:
            raw = read_bytes(source, file)
    except OSError as error:
        raise DataError(f"{source}: {error.strerror}") from error
    return Source(source, source if source in BUILT_IN else path.name, raw)


def read_bytes(title: str, file: Stream) -> bytes:
    """Read a stream to its end.

    Raises:
        DataError: the stream has more than ``MAX_BYTES``.
    """
    parts, size = [], 0
    while part := file.read(CHUNK):
        parts.append(part)
        size += len(part)
        if size > MAX_BYTES:
            raise DataError(f"{title}: more than {MAX_BYTES:,} bytes, the most that are read")
    return b"".join(parts)
