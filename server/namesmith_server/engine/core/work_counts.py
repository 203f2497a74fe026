"""Counts of the engine's work in this process: plain numbers, for whoever watches the process."""

from bisect import bisect_left
from dataclasses import dataclass, field
from threading import Lock

BATCH_SIZES = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024)
"""Upper bounds of the classes by which batches are counted, in sequences."""


@dataclass
class WorkCounts:
    """Counts from the start of the process on; none but ``waiting`` ever falls.

    Attributes:
        chain_hits: number of requests whose conditioned chain was kept; the default chain, which
            always is, does not count.
        chain_misses: number of conditioned chains that were built.
        waiting: number of requests that wait for their names, or candidates, of a batch.
        exact_draws: number of draws that the canonical form decided.
        batches: number of steps of batches, by the class of their size.
        sequences: number of sequences of all steps together.
    """

    chain_hits: int = 0
    chain_misses: int = 0
    waiting: int = 0
    exact_draws: int = 0
    batches: list[int] = field(default_factory=lambda: [0] * (len(BATCH_SIZES) + 1))
    sequences: int = 0
    _lock: Lock = field(default_factory=Lock, repr=False)

    def count_build(self) -> None:
        """Count a conditioned chain that is built; any thread may call this."""
        with self._lock:
            self.chain_misses += 1

    def count_step(self, sequences: int, exact_draws: int) -> None:
        """Count a step of a batch; the threads of several models may call this."""
        with self._lock:
            self.batches[bisect_left(BATCH_SIZES, sequences)] += 1
            self.sequences += sequences
            self.exact_draws += exact_draws


work_counts = WorkCounts()
"""The counts of this process."""
