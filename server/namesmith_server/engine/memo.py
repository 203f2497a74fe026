"""The memo: distributions that a network has computed, kept for the next time.

Names begin alike: four of five steps of 200,000 names of ``us-names-wavenet`` meet a
context that was met before. A context is compared as a whole, so that the memo answers the numbers
that the backend has computed for it, and nothing else.
"""

from threading import Lock

import numpy as np
from numpy.typing import NDArray

from namesmith_server.backends.base import Backend, Contexts, LogProbs
from namesmith_server.engine import native
from namesmith_server.engine.core import chunk_slices

CAPACITY = 1 << 17
"""Most distributions in a memo: 17 MB, of 27 symbols and contexts of 8."""

MOST_BYTES = 18 << 20
"""Largest number of bytes of a memo: of larger distributions it holds fewer."""

PART = 4096
"""Number of contexts that are looked up at once: others wait for less than a millisecond."""


class Memo(Backend):
    """A backend in front of another, which is asked about unknown contexts alone; thread-safe.

    Without compiled code it holds nothing, and asks about every context.
    """

    name = "memo"
    files = ()

    def __init__(
        self, backend: Backend, block_size: int, vocab_size: int, capacity: int = CAPACITY
    ) -> None:
        """Set the backend, its sizes, and the number of distributions that are held.

        Fewer are held where they would take more than ``MOST_BYTES``.
        """
        self.device, self.precision = backend.device, backend.precision
        self._backend = backend
        self._lock = Lock()
        self._table = None
        if native.available and vocab_size <= native.layouts.MAX_VOCAB_SIZE:
            precision = np.float32 if backend.precision == "float32" else np.float64
            each = native.MemoTable.bytes_of_one(block_size, vocab_size, precision)
            capacity = max(1, min(capacity, MOST_BYTES // each))
            self._table = native.MemoTable(capacity, block_size, vocab_size, precision)

    @property
    def size(self) -> int:
        """Number of bytes that the memo holds when it is full."""
        return 0 if self._table is None else self._table.size

    def log_probs(self, contexts: Contexts) -> LogProbs:
        """Return log P(next symbol | context): int64 [B, L] -> [B, V]."""
        if self._table is None:
            return self._backend.log_probs(contexts)
        contexts = np.ascontiguousarray(contexts)
        with self._lock:
            entries = self._table.find(contexts)
            found: LogProbs = self._table.rows[entries]  # of unknown contexts, any row
        unknown = np.flatnonzero(entries < 0)
        if unknown.size:
            distinct, inverse = distinct_contexts(contexts[unknown])
            computed = self._backend.log_probs(distinct)
            found[unknown] = computed[inverse]
            self._store(distinct, computed)
        return found

    def chosen(self, contexts: Contexts, targets: NDArray[np.integer]) -> LogProbs:
        """Return log P(target | context): int64 [N, L] and ids [N] -> [N].

        Each unknown context is computed once, all of them together.
        """
        contexts = np.ascontiguousarray(contexts)
        chosen = np.empty(len(targets), dtype=self.precision)
        parts = chunk_slices(len(targets), PART)
        known = [self._choose_known(contexts[at], targets[at], chosen[at]) for at in parts]
        unknown = np.flatnonzero(~np.concatenate(known))
        if unknown.size:
            distinct, inverse = distinct_contexts(contexts[unknown])
            computed = self._backend.log_probs(distinct)
            chosen[unknown] = computed[inverse, targets[unknown]]
            for at in chunk_slices(len(distinct), PART):
                self._store(distinct[at], computed[at])
        return chosen

    def _choose_known(
        self, contexts: Contexts, targets: NDArray[np.integer], chosen: LogProbs
    ) -> NDArray[np.bool_]:
        """Write the log-probabilities of targets behind known contexts; return which are known."""
        if self._table is None:
            return np.zeros(len(targets), dtype=bool)
        with self._lock:
            entries = self._table.find(contexts)
            chosen[:] = self._table.rows[entries, targets]
        return entries >= 0

    def _store(self, contexts: Contexts, rows: LogProbs) -> None:
        if self._table is not None:
            with self._lock:
                self._table.store(contexts, rows)

    def walk(
        self,
        sequences: NDArray[np.void],
        places: NDArray[np.int64],
        difference: float,
        rounding: float,
    ) -> None:
        """Append symbols to some sequences as long as their contexts are known.

        The arguments are those of ``native.MemoTable.walk``. Nothing happens without compiled code,
        or where distributions are not float32.
        """
        if self._table is not None and self.precision == "float32" and places.size:
            with self._lock:
                self._table.walk(sequences, places, difference, rounding)


def distinct_contexts(contexts: Contexts) -> tuple[Contexts, NDArray[np.int64]]:
    """Return the distinct contexts [D, L] of contexts [B, L], and the place of each in them [B]."""
    base, length = int(contexts.max(initial=0)) + 1, contexts.shape[1]
    if base**length < 1 << 63:
        numbers = np.zeros(len(contexts), dtype=np.int64)
        for symbols in contexts.T:
            numbers *= base
            numbers += symbols
    else:  # too many for numbers: compared as bytes
        numbers = np.ascontiguousarray(contexts).view(f"V{8 * length}").ravel()
    _, first, inverse = np.unique(numbers, return_index=True, return_inverse=True)
    return contexts[first], inverse
