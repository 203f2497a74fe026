"""The state of a process, read when it is asked for: no call pays for it."""

import resource
import time

from namesmith.version import VERSION
from namesmith_server.app.logging import lost_lines
from namesmith_server.app.observability import metric
from namesmith_server.app.observability.samples import Samples
from namesmith_server.app.transport import open_descriptors
from namesmith_server.app.watchdog import Watchdog
from namesmith_server.engine import Admission, Ledger, MemoryGuard, work_counts

STARTED = time.time()
"""Time at which this process began, in seconds since 1970."""

CHAINS = ("chains",)
"""Labels of the cache of conditioned chains."""


def read_process() -> Samples:
    """Return what every process of a server has."""
    return {
        metric.BUILD_INFO.name: {(VERSION,): 1},
        metric.LINES_LOST.name: {(): lost_lines()},
        metric.CPU.name: {(): time.process_time()},
        metric.OPEN_FILES.name: {(): open_descriptors()},
        metric.MOST_FILES.name: {(): resource.getrlimit(resource.RLIMIT_NOFILE)[0]},
        metric.START_TIME.name: {(): STARTED},
    }


def read_work() -> Samples:
    """Return the counts of the engine's work in this process."""
    counts = work_counts
    return {
        metric.BATCH_SIZE.name: {(): [*counts.batches, counts.sequences]},
        metric.QUEUE_SIZE.name: {(): counts.waiting},
        metric.CACHE_HITS.name: {CHAINS: counts.chain_hits},
        metric.CACHE_MISSES.name: {CHAINS: counts.chain_misses},
        metric.EXACT_DRAWS.name: {(): counts.exact_draws},
    }


class Serving:
    """The parts of a process that serves, whose state is read.

    Attributes:
        watchdog: watchdog of the event loop; None until the process serves.
    """

    def __init__(self, admission: Admission, ledger: Ledger) -> None:
        self.watchdog: Watchdog | None = None
        self._admission = admission
        self._ledger = ledger

    def memory_share(self) -> float:
        """Return the used share of the memory limit; 0 without a limit."""
        guard = self._ledger.guard
        return guard.resident() / guard.limit if guard is not None else 0.0

    def load(self) -> float:
        """Return the used share of the names that calls may have in work."""
        return self._admission.busy / self._admission.limit

    def read(self) -> Samples:
        """Return the samples of this moment."""
        guard: MemoryGuard | None = self._ledger.guard
        return {
            metric.IN_WORK.name: {(): self._admission.busy},
            metric.LIMIT.name: {(): self._admission.limit},
            metric.MEMORY.name: {(): (guard or MemoryGuard(0)).resident()},
            metric.MEMORY_LIMIT.name: {} if guard is None else {(): guard.limit},
            metric.STALLS.name: {(): self.watchdog.times if self.watchdog is not None else 0},
        }
