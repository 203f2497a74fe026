"""The three standard streams: open from the first moment on, and no writer waits for a reader."""

import _thread
import os
import sys

STDERR = 2
"""File descriptor of standard error."""

PATIENCE = 1.0
"""Seconds that the last lines have to be taken by their reader before the process ends."""


def open_missing() -> None:
    """Open the null device in place of each standard stream that the process was started without.

    A socket or a file would get the free descriptor otherwise, and what is printed would go there.
    """
    while (free := os.open(os.devnull, os.O_RDWR)) <= STDERR:
        os.set_inheritable(free, True)  # noqa: FBT003 - os's own interface
    os.close(free)
    # Python's streams are None where the descriptor was closed when Python began.
    sys.stdin = sys.stdin or open(0, closefd=False)  # noqa: SIM115 - a descriptor
    sys.stdout = sys.stdout or open(1, "w", closefd=False)  # noqa: SIM115
    sys.stderr = sys.stderr or open(STDERR, "w", closefd=False)  # noqa: SIM115


def write_error(line: str, seconds: float = PATIENCE) -> None:
    """Write a line on standard error; give up after ``seconds`` where its reader has stalled."""
    written = _thread.allocate_lock()
    written.acquire()

    def write() -> None:
        try:
            os.write(STDERR, f"{printable(line)}\n".encode("utf-8", "backslashreplace"))
        except OSError:  # the reader has gone
            pass
        finally:
            written.release()

    # A thread of its own: no look at a pipe tells whether a write will wait. The end of the process
    # does not wait for this thread.
    _thread.start_new_thread(write, ())
    written.acquire(timeout=seconds)


def printable(text: str) -> str:
    r"""Escape each character that a terminal or a reader of lines would obey, such as \x1b."""
    if text.isprintable():
        return text
    return "".join(
        one if one.isprintable() else one.encode("unicode_escape").decode() for one in text
    )
