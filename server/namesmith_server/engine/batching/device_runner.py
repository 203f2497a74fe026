"""The runner of sequences that are drawn on a device, where their distributions are computed.

    add ---> slots, resting ---depart---> flight ---land---> ended: handed over, slots free
                   ^                         |               uncertain: drawn anew on the host
                   +-------------------------+---------------- the others rest

Two flights are in the air where there are many sequences, so that the device works while the host
hands names over. A sequence with an uncertain draw leaves the device, and its candidate is drawn
anew by the canonical form: rare where the device computes in float64.
"""

from collections import deque
from contextlib import suppress
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from namesmith.vocabulary import END
from namesmith_server.backends.base import DeviceLostError, Flight, Landed, Rows, Start
from namesmith_server.engine.batching.exact_fallback import ROUNDING, CanonicalLogProbs
from namesmith_server.engine.batching.exact_names import draw_exactly
from namesmith_server.engine.batching.runner import Runner
from namesmith_server.engine.batching.scheduled_request import ScheduledRequest
from namesmith_server.engine.batching.slots import Slots, SlotTable
from namesmith_server.engine.core import work_counts
from namesmith_server.engine.request import GenerateRequest

FEW = 2048
"""Largest number of sequences that fly together; more take turns in two flights."""

SHARE = 8192
"""Largest number of sequences of one caller that advance beside those of others."""

FLIGHTS = 2
"""Largest number of flights in the air."""


class _Airborne(NamedTuple):
    """A flight in the air, and its slots."""

    slots: Slots
    flight: Flight


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
        self.alone, self.share = FLIGHTS * rows.most, SHARE
        self._rows = rows
        self._canonical = canonical
        self._difference = difference
        self._block_size = block_size
        self._slots = SlotTable(rows.capacity)
        self._airborne: deque[_Airborne] = deque()
        self._failures: dict[ScheduledRequest, Exception] = {}

    def __len__(self) -> int:
        return len(self._slots)

    def requests(self) -> list[ScheduledRequest]:
        """Return the requests that have sequences in flight."""
        return self._slots.requests()

    def add(self, request: ScheduledRequest, count: int) -> None:
        """Begin the next ``count`` sequences of a request."""
        rows = request.join(count)
        slots = self._slots.take(request, np.arange(rows.start, rows.stop))
        self._rows.load(slots, request.rng_keys[rows], self._start(request.request))

    def remove(self, request: ScheduledRequest) -> None:
        """Take a request's sequences out; those in the air are dropped when they land."""
        request.leave()
        self._slots.forget(request)
        self._failures.pop(request, None)

    def step(self, most: int | None) -> list[ScheduledRequest]:
        """Let sequences fly, and wait for the flight that took off first.

        Returns the requests of which the last sequence has ended.
        """
        for error in self._failures.values():
            raise error
        self._take_off(most)
        if not self._airborne:
            return []
        slots, flight = self._airborne.popleft()
        stays = np.zeros(len(slots), dtype=bool)
        try:
            landed = flight.wait()
            stays = ~(landed.ended | landed.uncertain)
            return self._hand_over(slots, landed, stays)
        finally:
            self._slots.land(slots, stays)

    def failure(self, request: ScheduledRequest) -> Exception | None:
        """Return the error of the canonical form on a sequence of a request.

        A device that fails is no request's fault.
        """
        return self._failures.get(request)

    def close(self) -> None:
        """Wait for the flights in the air; those of a device that has failed do not land."""
        with suppress(DeviceLostError):
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
        self, slots: Slots, landed: Landed, stays: NDArray[np.bool_]
    ) -> list[ScheduledRequest]:
        """Hand the candidates of a flight that do not stay, bool [N], to their requests.

        Returns the requests that are finished.
        """
        places = np.flatnonzero(~stays)
        order, parts = self._slots.by_owner(slots[places])
        places = places[order]
        width = max((one.width for one, _ in parts), default=0)
        rows, symbols = self._slots.rows(slots[places]), landed.symbols[:, :width][places]
        fits, uncertain = landed.fits[places], landed.uncertain[places]
        finished = []
        for request, part in parts:
            prefix = request.request.constraint.prefix
            symbols[part, : len(prefix)] = prefix
            if uncertain[part].any():
                stays[places[part]] = self._settle(request, rows[part], uncertain[part])
                certain = np.flatnonzero(~uncertain[part]) + part.start
                request.hand_over(rows[certain], symbols[certain], fits[certain])
            else:
                request.hand_over(rows[part], symbols[part], fits[part])
            if request.is_finished:
                finished.append(request)
                self._slots.retire(request)
        return finished

    def _settle(
        self, request: ScheduledRequest, rows: NDArray[np.int64], uncertain: NDArray[np.bool_]
    ) -> NDArray[np.bool_]:
        """Draw the uncertain ones of a request's rows [N] by the canonical form.

        Returns the rows that stay, bool [N]: where the canonical form fails, the next step raises
        its error, and the request still has its sequences.
        """
        context, keys = self._context(request.request), request.rng_keys[rows[uncertain]]
        try:
            symbols, fits = draw_exactly(request.request, keys, context, self._canonical)
        except Exception as error:  # noqa: BLE001 - whatever the runtime raises
            self._failures[request] = error
            return uncertain
        request.hand_over(rows[uncertain], symbols.astype(np.uint16), fits)
        return np.zeros(len(rows), dtype=bool)

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
