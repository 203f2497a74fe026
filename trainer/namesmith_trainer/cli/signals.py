"""Signal handling: a flag for a run that stops between two blocks, and a silent end for filters."""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM)
"""Signals that ask a run to stop."""


class StopFlag:
    """A flag that a signal sets; a run reads the flag after every block.

    Attributes:
        signal: number of the last signal that came; 0 before any signal.
        told: line that standard error is told at a signal; empty for none.
    """

    def __init__(self) -> None:
        self.signal = 0
        self.told = ""

    def __call__(self) -> bool:
        """Return whether a signal has come."""
        return bool(self.signal)

    def leave(self) -> None:
        """End the process with the status of a signal that has come; without one, do nothing."""
        if self.signal:
            sys.exit(128 + self.signal)

    def note(self, number: int, _frame: FrameType | None) -> None:
        """Handle a signal: keep its number in the flag, and say so where the end is far."""
        self.signal = number
        if self.told:
            with suppress(OSError):  # a closed terminal stops no run
                os.write(2, f"{self.told}\n".encode())  # a buffered stream may be in the way


@contextmanager
def signals_noted() -> Iterator[StopFlag]:
    """Note ``SIGNALS`` in a flag, so that the process lives on; for the main thread only."""
    noted = StopFlag()
    before = {number: signal.signal(number, noted.note) for number in SIGNALS}
    try:
        yield noted
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def dies_like_a_filter() -> Iterator[None]:
    """Let a closed pipe or Ctrl-C end the process without a message, like other filters."""
    numbers = (signal.SIGPIPE, signal.SIGINT)
    before = {number: signal.signal(number, signal.SIG_DFL) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
