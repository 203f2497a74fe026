"""The batch: sequences of many requests, packed without gaps.

A sequence carries all data that its next symbol depends on, so that its symbols depend neither on
the sequences beside it nor on the step at which it joined, and it may pause at any time.
"""

from itertools import count as numbers

import numpy as np
from numpy.typing import NDArray

from namesmith.vocabulary import END
from namesmith_server.engine.batching.scheduled_request import ScheduledRequest
from namesmith_server.engine.batching.sequences import (
    Chains,
    Sequences,
    advance_states,
    sequence_layout,
)
from namesmith_server.engine.core import Symbols, places_within
from namesmith_server.engine.distributions import truncates
from namesmith_server.engine.native import layouts

Places = NDArray[np.int64]
"""Places of sequences in the batch, [N]."""


class Batch:
    """The sequences in flight.

    Attributes:
        chains: chain of each request that has one, by the request's number.
    """

    def __init__(self, capacity: int, block_size: int) -> None:
        self._sequences = np.zeros(capacity, dtype=sequence_layout(block_size))
        self._size = 0
        self._requests: dict[int, ScheduledRequest] = {}
        self._number_of: dict[ScheduledRequest, int] = {}
        self._numbers = numbers()
        self.chains: Chains = {}

    def __len__(self) -> int:
        return self._size

    @property
    def sequences(self) -> Sequences:
        """The sequences of the batch, a view of its array."""
        return self._sequences[: self._size]

    def requests(self) -> list[ScheduledRequest]:
        """Return the requests that have sequences in the batch, in the order of their arrival."""
        return list(self._requests.values())

    def add(self, scheduled: ScheduledRequest, count: int) -> None:
        """Add the next ``count`` sequences of a request to the batch."""
        request, rows = scheduled.request, scheduled.join(count)
        prefix, min_length, max_length, _ = request.constraint
        new = self._sequences[self._size : self._size + count]
        block_size = new["context"].shape[1]
        new["request"] = self._number(scheduled)
        new["row"] = np.arange(rows.start, rows.stop)
        new["key"] = scheduled.rng_keys[rows]
        new["status"] = layouts.GOING
        new["context"] = ([END] * block_size + list(prefix))[-block_size:]
        new["state"] = scheduled.start.state if scheduled.start else 0
        new["position"] = new["prefix_length"] = len(prefix)
        new["symbols"] = END
        new["symbols"][:, : len(prefix)] = prefix
        new["min_length"], new["max_length"] = min_length, max_length
        for setting, value in request.sampling._asdict().items():
            new[setting] = value
        new["is_simple"] = scheduled.chain is None and not truncates(request.sampling)
        self._size += count

    def going(self, most: int | None = None) -> Places:
        """Return the places of sequences that have not ended, at most ``most`` of each request."""
        sequences = self.sequences
        going: Places = np.flatnonzero(sequences["status"] == layouts.GOING)
        if most is None or all(one.running <= most for one in self._requests.values()):
            return going
        return going[places_within(sequences["request"][going]) < most]

    def going_of(self, request: ScheduledRequest) -> Places:
        """Return the places of a request's sequences that have not ended."""
        sequences = self.sequences
        own = sequences["request"] == self._number(request)
        places: Places = np.flatnonzero(own & (sequences["status"] == layouts.GOING))
        return places

    def append(self, places: Places, symbols: Symbols) -> None:
        """Append the next symbol [N] of each of some sequences.

        A sequence ends with its end symbol, or by growing longer than its request allows.
        """
        sequences = self.sequences
        advance_states(sequences, places, symbols, self.chains)
        position = sequences["position"][places]
        sequences["symbols"][places, position] = symbols
        sequences["position"][places] = position + 1
        context = sequences["context"][places]
        context[:, :-1] = context[:, 1:]
        context[:, -1] = symbols
        sequences["context"][places] = context
        ends = symbols == END
        fits = ends & (position >= sequences["min_length"][places])
        leaves = ends | (position == sequences["max_length"][places])
        status = np.where(fits, layouts.FITS, np.where(leaves, layouts.LEAVES, layouts.GOING))
        sequences["status"][places] = status

    def take_ended(self) -> list[ScheduledRequest]:
        """Hand ended sequences to their requests; return the requests that are finished."""
        has_ended = self.sequences["status"] != layouts.GOING
        if not has_ended.any():
            return []
        ended, finished = self.sequences[has_ended], []
        for number in np.unique(ended["request"]).tolist():
            request, own = self._requests[number], ended[ended["request"] == number]
            request.hand_over(own["row"], own["symbols"], own["status"] == layouts.FITS)
            if not request.running:
                self._forget(number)
            if request.is_finished:
                finished.append(request)
        self._compact(~has_ended)
        return finished

    def remove(self, request: ScheduledRequest) -> None:
        """Take a request's sequences out of the batch; it may have none."""
        request.leave()
        number = self._number_of.get(request)
        if number is not None:
            self._compact(self.sequences["request"] != number)
            self._forget(number)

    def _number(self, scheduled: ScheduledRequest) -> int:
        """Return the number of a request in the batch, given to it when it joins."""
        if scheduled in self._number_of:
            return self._number_of[scheduled]
        number = self._number_of[scheduled] = next(self._numbers)
        self._requests[number] = scheduled
        if scheduled.chain is not None:
            self.chains[number] = scheduled.chain
        return number

    def _forget(self, number: int) -> None:
        del self._number_of[self._requests.pop(number)]
        self.chains.pop(number, None)

    def _compact(self, kept: NDArray[np.bool_]) -> None:
        """Fill the places of the sequences that leave with the last sequences that stay."""
        size = int(kept.sum())
        places, last = np.flatnonzero(~kept[:size]), size + np.flatnonzero(kept[size:])
        self._sequences[places] = self._sequences[last]
        self._size = size
