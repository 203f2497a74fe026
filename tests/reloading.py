"""Reloads of a running server, each of which a test waits for."""

import queue
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from processes import ServerProcess


class Reloads:
    """Reloads a server by SIGHUP, and reads its log in a thread.

    Attributes:
        log: all lines since the server serves.
    """

    def __init__(self, server: ServerProcess) -> None:
        self.log: list[dict[str, Any]] = []
        self._process = server.process
        self._lines: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        reader = threading.Thread(target=self._read, args=(server,), daemon=True)
        reader.start()
        server.readers.append(reader)

    def reload(self, event: str, **fields: object) -> dict[str, Any]:
        """Send SIGHUP and return the next line of an event that has some fields."""
        self._process.send_signal(signal.SIGHUP)
        return self.wait(event, **fields)

    def wait(self, event: str, **fields: object) -> dict[str, Any]:
        """Return the next line of an event that has some fields."""
        while True:
            line = self._lines.get(timeout=60)
            if line["event"] == event and fields.items() <= line.items():
                return line

    def events(self, event: str) -> list[dict[str, Any]]:
        """Return the lines of an event so far."""
        return [line for line in self.log if line["event"] == event]

    def _read(self, server: ServerProcess) -> None:
        for line in server.events():
            self.log.append(line)
            self._lines.put(line)


@contextmanager
def reloads(server: ServerProcess) -> Iterator[Reloads]:
    """Provide the reloads of a server."""
    yield Reloads(server)
