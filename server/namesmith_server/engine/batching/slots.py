"""The slots of a device runner: which sequence each holds, and which may fly next."""

import numpy as np
from numpy.typing import NDArray

from namesmith_server.engine.batching.scheduled_request import ScheduledRequest
from namesmith_server.engine.core import places_within

Slots = NDArray[np.int64]
"""Numbers of slots, [N]."""

NOBODY = -1
"""The ticket of a slot whose sequence nobody waits for."""


class SlotTable:
    """The slots, in arrays: no loop here runs over sequences.

    A request has a *ticket*, a number that stands for it in arrays while it has sequences.
    """

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self._free = np.arange(capacity)[::-1].copy()
        self._free_count = capacity
        self._tickets = np.full(capacity, NOBODY)
        self._rows = np.zeros(capacity, dtype=np.int64)
        self._resting: Slots = self._free[:0]
        self._requests: dict[int, ScheduledRequest] = {}
        self._ticket_of: dict[ScheduledRequest, int] = {}
        self._next_ticket = 0

    def __len__(self) -> int:
        return self.capacity - self._free_count

    def requests(self) -> list[ScheduledRequest]:
        """Return the requests that have sequences in slots."""
        return list(self._ticket_of)

    def take(self, request: ScheduledRequest, rows: NDArray[np.int64]) -> Slots:
        """Return free slots, which hold the sequences of a request's rows [N] from now on."""
        ticket = self._ticket_of.get(request)
        if ticket is None:
            ticket = self._ticket_of[request] = self._next_ticket
            self._requests[ticket] = request
            self._next_ticket += 1
        self._free_count -= len(rows)
        slots = self._free[self._free_count : self._free_count + len(rows)].copy()
        self._tickets[slots], self._rows[slots] = ticket, rows
        self._resting = np.concatenate((self._resting, slots))
        return slots

    def depart(self, most: int, of_a_request: int | None) -> Slots:
        """Return resting slots that fly now: ``most`` at most.

        Slots that have flown come before new ones, so that what has begun ends.

        Args:
            most: largest number of slots.
            of_a_request: largest number of slots of one request; None: any.
        """
        if of_a_request is not None and len(self._resting) > of_a_request:
            within = places_within(self._tickets[self._resting]) < of_a_request
            within &= within.cumsum() <= most
        else:
            within = np.arange(len(self._resting)) < most
        flying, self._resting = self._resting[within], self._resting[~within]
        return flying

    def by_owner(self, slots: Slots) -> tuple[Slots, list[tuple[ScheduledRequest, slice]]]:
        """Return places of slots [N] in an order of requests, and the part that is each request's.

        Slots without an owner are left out.
        """
        tickets = self._tickets[slots]
        order = np.argsort(tickets, kind="stable")[np.count_nonzero(tickets == NOBODY) :]
        ranked = tickets[order]
        starts = np.flatnonzero(np.diff(ranked, prepend=NOBODY)).tolist()
        owners = [self._requests[ticket] for ticket in ranked[starts].tolist()]
        parts = map(slice, starts, [*starts[1:], len(order)])
        return order, list(zip(owners, parts, strict=True))

    def rows(self, slots: Slots) -> NDArray[np.int64]:
        """Return the row of its request that each slot holds, int64 [N]."""
        return self._rows[slots]

    def land(self, slots: Slots, stays: NDArray[np.bool_]) -> None:
        """Let slots [N] rest that stay, bool [N], and have an owner; free the others."""
        stays = stays & (self._tickets[slots] != NOBODY)
        self._resting = np.concatenate((slots[stays], self._resting))
        self._release(slots[~stays])

    def retire(self, request: ScheduledRequest) -> None:
        """Forget a request of which no slot rests, and none stays when it lands."""
        del self._requests[self._ticket_of.pop(request)]

    def forget(self, request: ScheduledRequest) -> None:
        """Free the resting slots of a request, and the flying ones when they land."""
        if request not in self._ticket_of:
            return
        ticket = self._ticket_of[request]
        self.retire(request)
        leaves = self._tickets[self._resting] == ticket
        self._tickets[self._tickets == ticket] = NOBODY
        self._release(self._resting[leaves])
        self._resting = self._resting[~leaves]

    def _release(self, slots: Slots) -> None:
        self._tickets[slots] = NOBODY
        self._free[self._free_count : self._free_count + len(slots)] = slots
        self._free_count += len(slots)
