"""Plain files that an operator names: keys, certificates, tokens."""

import os
import stat
from pathlib import Path

FLAGS = os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY
"""Flags of opening: a FIFO has no writer to wait for, and a terminal is not taken."""


def read_plain(path: Path, most: int = -1) -> bytes:
    """Return the first bytes of a plain file; symlinks are followed.

    Args:
        path: path of the file.
        most: largest number of bytes; negative: all.

    Raises:
        OSError: the file cannot be read, or is no plain file.
    """
    with open(path, "rb", opener=_open) as file:
        return file.read(most)


def fault_of_kind(mode: int) -> str:
    """Return why a file of a mode is no plain file; empty where it is one."""
    if stat.S_ISREG(mode):
        return ""
    return "is a folder" if stat.S_ISDIR(mode) else "is not a plain file"


def _open(path: str, _flags: int) -> int:
    descriptor = os.open(path, FLAGS)
    fault = fault_of_kind(os.fstat(descriptor).st_mode)
    if fault:
        os.close(descriptor)
        raise OSError(0, fault, path)
    return descriptor
