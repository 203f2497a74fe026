"""A request on its way through batches."""

from asyncio import Future
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from namesmith_server.engine.core import EncodedNames
from namesmith_server.engine.markov import ConditionedChain, Start, packed_rows
from namesmith_server.engine.request import GenerateRequest


class Candidates(NamedTuple):
    """The candidates of a request, one for each of its rows.

    Attributes:
        names: the candidates of an allowed length, encoded; with a chain, all candidates.
        fits: whether the length of each candidate is allowed, bool [count].
    """

    names: EncodedNames
    fits: NDArray[np.bool_]


class ScheduledRequest:
    """A request, the sequences that it still needs, and its candidates that have been drawn.

    Attributes:
        request: the request.
        chain: chain whose completions weigh the next symbols; None for a model without a chain.
        start: place behind the prefix in the chain; None without a chain.
        result: future of the candidates, cancelled when nobody waits for them.
        caller: whoever shares are counted for: requests of one call have the same.
        waiting: number of sequences that have not joined the batch.
        running: number of sequences in the batch.
        width: number of symbols of the longest candidate, its end symbol included.
        fits: whether a candidate of an allowed length has been drawn, bool [count].
        rng_keys: keys of the sequences' generators, [count].
    """

    def __init__(
        self,
        request: GenerateRequest,
        chain: ConditionedChain | None,
        start: Start | None,
        result: Future[Candidates],
        caller: object,
    ) -> None:
        self.request = request
        self.chain = chain
        self.start = start
        self.result = result
        self.caller = caller
        self.waiting = request.count
        self.running = 0
        self.width = request.constraint.max_length + 1
        # Symbols [count, width], of the type that the runner hands over. The rows of candidates of
        # other lengths are never written, and take no memory.
        self._rows: NDArray[np.integer] | None = None
        self.fits = np.zeros(request.count, dtype=bool)
        self.rng_keys = request.rng_keys()

    @property
    def is_finished(self) -> bool:
        """True if every candidate is drawn."""
        return not self.waiting and not self.running

    def join(self, count: int) -> slice:
        """Count the next ``count`` sequences as running; return their rows."""
        at = self.request.count - self.waiting
        self.waiting -= count
        self.running += count
        return slice(at, at + count)

    def hand_over(
        self, rows: NDArray[np.int64], symbols: NDArray[np.integer], fits: NDArray[np.bool_]
    ) -> None:
        """Take the candidates of sequences that have ended.

        Args:
            rows: row of each candidate in the request, [N].
            symbols: symbols of each candidate, the end symbol behind them, [N, >= max_length + 1].
            fits: whether the length of each candidate is allowed, bool [N].
        """
        self.running -= len(rows)
        if not fits.all():
            rows, symbols = rows[fits], symbols[fits]
        if self._rows is None:
            self._rows = np.empty((self.request.count, self.width), dtype=symbols.dtype)
        self._rows[rows] = symbols[:, : self.width]
        self.fits[rows] = True

    def leave(self) -> None:
        """Count no sequence any longer: the request is given up."""
        self.waiting = self.running = 0

    def candidates(self) -> Candidates:
        """Return the candidates."""
        if self._rows is None:
            return Candidates(np.zeros(0, dtype=np.int64), self.fits)
        rows = self._rows if self.fits.all() else self._rows[self.fits]
        return Candidates(packed_rows(rows), self.fits)
