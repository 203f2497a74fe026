"""The heartbeat of a worker: a byte a second from its event loop to the supervisor.

A worker whose event loop is stuck, or that was stopped (SIGSTOP), sends none. The supervisor counts
its own looks that find nothing instead of reading a clock: a machine that sleeps, or a container
that is paused, makes nobody miss a beat.
"""

import asyncio
import os
from contextlib import suppress
from multiprocessing.connection import Connection

PERIOD = 1.0
"""Seconds between two beats, and between two looks of the supervisor."""

BEAT = b"\0"

MANY = 1 << 16
"""Bytes that one look takes from the pipe at most: all that a pipe holds."""


class Heart:
    """The worker's end; beats from its making on, as long as the running event loop runs."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe  # kept open
        os.set_blocking(pipe.fileno(), False)
        self._loop = asyncio.get_running_loop()
        self._beat()

    def _beat(self) -> None:
        # A pipe is full where the supervisor has not looked for hours; none has a reader to miss.
        with suppress(BlockingIOError, BrokenPipeError):
            os.write(self._pipe.fileno(), BEAT)
        self._loop.call_later(PERIOD, self._beat)


class Pulse:
    """The supervisor's end.

    Attributes:
        missed: number of looks since the last one that found a beat.
    """

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe
        os.set_blocking(pipe.fileno(), False)
        self.missed = 0

    def look(self) -> None:
        """Take the beats since the last look, or count the look as missed."""
        try:
            beats = os.read(self._pipe.fileno(), MANY)
        except BlockingIOError:
            beats = b""
        self.missed = 0 if beats else self.missed + 1

    def close(self) -> None:
        """Close the pipe."""
        self._pipe.close()
