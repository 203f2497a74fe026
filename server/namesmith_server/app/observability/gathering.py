"""The samples of workers, which their supervisor holds: one endpoint tells of all processes.

A worker sends its samples through a pipe, once a second; a thread of the supervisor receives them.
The last samples of a worker that has ended stay in every sum.
"""

import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection

from namesmith_server.app.observability import metric
from namesmith_server.app.observability.cardinality import Cardinality
from namesmith_server.app.observability.samples import Samples, lasting, merged

PERIOD = 1.0
"""Seconds between two samples of a worker."""


def send_samples(pipe: Connection, read: Callable[[], Samples]) -> None:
    """Send the samples of this process to its supervisor, now and once a period, by a thread."""

    def send() -> None:
        with suppress(OSError):  # the supervisor has ended
            while True:
                pipe.send(read())
                time.sleep(PERIOD)

    threading.Thread(target=send, name="samples", daemon=True).start()


class Gathering:
    """The samples of all workers of a server, living and ended."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._starts = Counter[int]()
        self._living: dict[Connection, Samples] = {}
        self._ended: Samples = {}
        self._cardinality = Cardinality()

    def connect(self, worker: int) -> Connection:
        """Return the end of a pipe for a process of a worker, which is about to be started.

        The caller closes it behind the start, so that the process alone has it.
        """
        ours, theirs = get_context("spawn").Pipe(duplex=False)
        self._starts[worker] += 1
        threading.Thread(target=self._receive, args=(ours,), name="samples", daemon=True).start()
        return theirs

    def read(self) -> Samples:
        """Return the samples of all workers together."""
        with self._lock:
            workers = self._cardinality.bounded(merged([self._ended, *self._living.values()]))
            alive = len(self._living)
        own: Samples = {
            metric.WORKERS_ALIVE.name: {(): alive},
            metric.WORKER_RESTARTS.name: {(): self._starts.total() - len(self._starts)},
        }
        return merged([workers, own])

    def _receive(self, pipe: Connection) -> None:
        """Keep the latest samples of a process until it ends."""
        with suppress(EOFError, OSError):
            while True:
                samples = pipe.recv()
                with self._lock:
                    self._living[pipe] = samples
        with self._lock:
            last = self._living.pop(pipe, {})
            self._ended = self._cardinality.bounded(merged([self._ended, lasting(last)]))
        pipe.close()
