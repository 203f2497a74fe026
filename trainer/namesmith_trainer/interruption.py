"""Signals: a question that a run asks between two blocks, or the end of a filter."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Interruption:
    """Whether a signal has come.

    Attributes:
        signal: its number, 0 before.
    """

    def __init__(self) -> None:
        self.signal = 0

    def __call__(self) -> bool:
        """Whether to stop."""
        return bool(self.signal)

    def note(self, number: int, _frame: FrameType | None) -> None:
        """A signal handler."""
        self.signal = number


@contextmanager
def interruption() -> Iterator[Interruption]:
    """Notes signals, instead of dying of them, while it is open; in the main thread only."""
    noted = Interruption()
    before = {number: signal.signal(number, noted.note) for number in SIGNALS}
    try:
        yield noted
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def filtering() -> Iterator[None]:
    """Lets a closed pipe and Ctrl-C end the process without a word, as they end other filters."""
    numbers = (signal.SIGPIPE, signal.SIGINT)
    before = {number: signal.signal(number, signal.SIG_DFL) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
