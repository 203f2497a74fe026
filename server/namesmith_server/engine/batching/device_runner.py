"""The runner of sequences that are drawn on a device, where their distributions are computed.

    add ---> slots, resting ---depart---> flight ---land---> ended: handed over, slots free
                   ^                         |               uncertain: drawn anew on the host
                   +-------------------------+---------------- the others rest

Two flights are in the air where there are many sequences, so that the device works while the host
hands names over. A sequence with an uncertain draw leaves the device, and its candidate is drawn
anew by the canonical form: rare where the device computes in float64.
"""

from collections import deque
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from namesmith.vocabulary import END
from namesmith_server.backends.base import Flight, Landed, Rows, Start
from namesmith_server.engine.batching.exact_fallback import ROUNDING, CanonicalLogProbs
from namesmith_server.engine.batching.exact_names import draw_exactly
from namesmith_server.engine.batching.runner import Runner
from namesmith_server.engine.batching.scheduled_request import ScheduledRequest
from namesmith_server.engine.batching.slots import Slots, SlotTable
from namesmith_server.engine.core import work_counts
from namesmith_server.engine.request import GenerateRequest

FEW = 2048
"""Largest number of sequences that fly together; more take turns in two flights."""

FLIGHTS = 2
"""Largest number of flights in the air."""


class _Airborne(NamedTuple):
    """A flight in the air, and its slots."""

    slots: Slots
    flight: Flight


class _Candidates(NamedTuple):
    """Candidates that have left the device.

    Attributes:
        rows: row of each candidate in its request, int64 [N].
        fits: whether the length of each candidate is allowed, bool [N].
        uncertain: whether a draw of each candidate was uncertain, bool [N].
        symbols: symbols behind the prefix, uint16 [N, width].
    """

    rows: NDArray[np.int64]
    fits: NDArray[np.bool_]
    uncertain: NDArray[np.bool_]
    symbols: NDArray[np.uint16]


class DeviceRunner(Runner):
    """A ``Runner`` over the rows of a backend, for a model without a chain."""

    def __init__(
        self, rows: Rows, canonical: CanonicalLogProbs, difference: float, block_size: int
    ) -> None:
        """Set the parts.

        Args:
            rows: rows on the device.
            canonical: canonical form, which decides uncertain draws.
            difference: largest difference of the device's and the canonical log-probabilities,
                nats.
            block_size: number of symbols of a context.
        """
        self.capacity = rows.capacity
        self._rows = rows
        self._canonical = canonical
        self._difference = difference
        self._block_size = block_size
        self._slots = SlotTable(rows.capacity)
        self._airborne: deque[_Airborne] = deque()

    def __len__(self) -> int:
        return len(self._slots)

    def requests(self) -> list[ScheduledRequest]:
        """Return the requests that have sequences in flight."""
        return self._slots.requests()

    def add(self, request: ScheduledRequest, count: int) -> None:
        """Begin the next ``count`` sequences of a request."""
        at = request.request.count - request.waiting
        slots = self._slots.take(request, np.arange(at, at + count))
        self._rows.load(slots, request.rng_keys[at : at + count], self._start(request.request))
        request.waiting -= count
        request.running += count

    def remove(self, request: ScheduledRequest) -> None:
        """Take a request's sequences out; those in the air are dropped when they land."""
        request.waiting = request.running = 0
        self._slots.forget(request)

    def step(self, most: int | None) -> list[ScheduledRequest]:
        """Let sequences fly, and wait for the flight that took off first.

        Returns the requests of which the last sequence has ended.
        """
        self._take_off(most)
        if not self._airborne:
            return []
        slots, flight = self._airborne.popleft()
        stays = np.zeros(len(slots), dtype=bool)
        try:
            landed = flight.wait()
            stays = ~(landed.ended | landed.uncertain)
            return self._hand_over(slots, landed, np.flatnonzero(~stays))
        finally:
            self._slots.land(slots, stays)

    def close(self) -> None:
        """Wait for the flights in the air."""
        while self._airborne:
            self._airborne.popleft().flight.wait()

    def _take_off(self, most: int | None) -> None:
        total = len(self._slots)
        together = total if total <= FEW else -(-total // FLIGHTS)
        while len(self._airborne) < FLIGHTS:
            slots = self._slots.depart(min(together, self._rows.most), most)
            if not slots.size:
                return
            try:
                flight = self._rows.launch(slots)
            except Exception:
                self._slots.land(slots, np.zeros(len(slots), dtype=bool))
                raise
            work_counts.count_step(len(slots), 0)
            self._airborne.append(_Airborne(slots, flight))

    def _hand_over(
        self, slots: Slots, landed: Landed, places: NDArray[np.int64]
    ) -> list[ScheduledRequest]:
        """Write the candidates at places of a flight into their requests.

        Returns the requests that are finished.
        """
        order, parts = self._slots.by_owner(slots[places])
        places = places[order]
        candidates = _Candidates(
            self._slots.rows(slots[places]),
            landed.fits[places],
            landed.uncertain[places],
            landed.symbols[places],
        )
        finished = []
        for request, part in parts:
            self._write(request, _Candidates(*(array[part] for array in candidates)))
            request.running -= part.stop - part.start
            if request.is_finished or request.failure is not None:
                finished.append(request)
        for request in finished:
            self._slots.forget(request) if request.failure else self._slots.retire(request)
        return finished

    def _write(self, request: ScheduledRequest, candidates: _Candidates) -> None:
        """Write candidates into their request; the uncertain ones are drawn anew."""
        rows, fits, uncertain, symbols = candidates
        if uncertain.any():
            self._draw_anew(request, rows[uncertain])
        fits = fits & ~uncertain
        if not fits.all():
            rows, symbols = rows[fits], symbols[fits]
        prefix = request.request.constraint.prefix
        symbols[:, : len(prefix)] = prefix
        request.rows[rows] = symbols[:, : request.rows.shape[1]]
        request.fits[rows] = True

    def _draw_anew(self, request: ScheduledRequest, rows: NDArray[np.int64]) -> None:
        """Draw rows of a request by the canonical form; its failure is the request's alone."""
        context = self._context(request.request)
        keys = request.rng_keys[rows]
        try:
            symbols, fits = draw_exactly(request.request, keys, context, self._canonical)
        except Exception as error:  # noqa: BLE001 - whatever the runtime raises
            request.failure = error
            return
        request.rows[rows[fits]] = symbols[fits]
        request.fits[rows[fits]] = True

    def _context(self, request: GenerateRequest) -> NDArray[np.int64]:
        symbols = ([END] * self._block_size + list(request.constraint.prefix))[-self._block_size :]
        return np.array(symbols, dtype=np.int64)

    def _start(self, request: GenerateRequest) -> Start:
        prefix, min_length, max_length, _ = request.constraint
        temperature = request.sampling.temperature
        near = np.tanh(self._difference / (2 * temperature)) if temperature else 0.0
        return Start(
            position=len(prefix),
            bars_end=len(prefix) < min_length,
            min_length=min_length,
            max_length=max_length,
            **request.sampling._asdict(),
            margin=float(near) + ROUNDING,
            difference=self._difference,
            context=self._context(request),
        )
