"""The three standard streams: open from the first moment on, and no writer waits for a reader."""

import _thread
import os
import select
import sys
from collections.abc import Callable

from namesmith.quoting import printable

STDERR = 2
"""File descriptor of standard error."""

STEP = 0.05
"""Seconds between two looks at whether a reader takes what was written."""

STALLED = 20
"""Number of looks, one second together, at which a reader that takes nothing counts as stalled."""

LOOKS = 200
"""Largest number of looks: 10 seconds, for a machine that is too busy to write."""


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


def write_error(line: str) -> None:
    """Write a line on standard error; give up where its reader has stalled."""
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
    await_reader(lambda seconds: written.acquire(timeout=seconds))


def await_reader(is_written: Callable[[float], bool]) -> None:
    """Wait until standard error has taken what was written; give up where its reader has stalled.

    Args:
        is_written: function that waits for a number of seconds, or until everything is written, and
            tells whether it is.
    """
    stalled = 0
    for _ in range(LOOKS):
        if is_written(STEP):
            return
        stalled = 0 if _takes_more() else stalled + 1
        if stalled >= STALLED:
            return


def _takes_more() -> bool:
    try:
        return bool(select.select([], [STDERR], [], 0)[1])
    except OSError:  # the stream is closed
        return False
