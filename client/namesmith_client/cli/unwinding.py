"""Signals that end the program by the way of its blocks, so that these leave nothing behind."""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGPIPE)
"""Signals that end the program: Ctrl-C, a request to end, a pipe that nobody reads."""


@contextmanager
def unwinding() -> Iterator[None]:
    """Have the signals that end the program leave the block as an error does."""

    def end(number: int, _frame: FrameType | None) -> None:
        sys.exit(128 + number)

    before = {one: signal.signal(one, end) for one in SIGNALS}
    try:
        yield
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)
