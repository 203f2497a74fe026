"""ORCA load reports, by which balancers such as Envoy's weigh servers.

A report is the message ``xds.data.orca.v3.OrcaLoadReport`` in the trailing metadata of an answer.
Of its fields six numbers are sent, which need no protobuf: the package that has the message brings
a thousand others. Every 16th answer carries a report, for one costs as much as all else that is
observed of a call.
"""

import os
import struct
import time
from collections.abc import Callable

KEY = "endpoint-load-metrics-bin"
"""Key of the metadata."""

EVERY = 16
"""Number of answers of which one carries a report."""

PERIOD = 1.0
"""Seconds over which a report averages, at least."""

FIELDS = struct.Struct("<" + "Bd" * 5)
"""The encoding of five fields of type double: a tag and eight bytes each."""

CPU, MEMORY, RATE, ERRORS, LOAD = (number << 3 | 1 for number in (1, 2, 6, 7, 9))
"""Tags of cpu_utilization, mem_utilization, rps_fractional, eps and application_utilization."""

Counts = Callable[[], tuple[int, int]]
"""Function that returns the number of calls so far, and how many of them failed."""


class LoadReport:
    """The load of this process, in the form of trailing metadata."""

    def __init__(
        self, counts: Counts, memory: Callable[[], float], load: Callable[[], float]
    ) -> None:
        """Set the sources.

        Args:
            counts: function that returns the calls so far.
            memory: function that returns the used share of the memory limit.
            load: function that returns the used share of the names in work.
        """
        self._counts, self._memory, self._load = counts, memory, load
        self._answers = 0
        self._made = time.monotonic()
        self._before = (*counts(), time.process_time())
        self._report = b""

    def entries(self) -> tuple[tuple[str, bytes], ...]:
        """Return the metadata that the next answer carries beside its own."""
        self._answers += 1
        if self._answers % EVERY:
            return ()
        now = time.monotonic()
        if now - self._made >= PERIOD or not self._report:
            self._renew(now)
        return ((KEY, self._report),)

    def _renew(self, now: float) -> None:
        """Average over the time since the last report was made."""
        seconds = max(now - self._made, 1e-3)
        latest = (*self._counts(), time.process_time())
        calls, failed, cpu = ((b - a) / seconds for a, b in zip(self._before, latest, strict=True))
        self._made, self._before = now, latest
        # One event loop answers: a whole core is all of its load, whatever cores there are.
        load = max(cpu, self._load())
        cores = os.cpu_count() or 1
        self._report = FIELDS.pack(
            CPU, cpu / cores, MEMORY, self._memory(), RATE, calls, ERRORS, failed, LOAD, load
        )
