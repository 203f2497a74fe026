"""The batch: sequences of many requests that advance by a symbol together.

A sequence carries all data that its next symbol depends on, so that its symbols depend neither on
the sequences beside it nor on the step at which it joined.
"""

import numpy as np
from numpy.typing import NDArray

from namesmith.vocabulary import END
from namesmith_server.backends.base import Contexts
from namesmith_server.engine.batching.scheduled_request import ScheduledRequest
from namesmith_server.engine.batching.sequences import (
    Sequences,
    advance_states,
    sequence_layout,
)
from namesmith_server.engine.core import Symbols
from namesmith_server.engine.distributions import truncates


class Batch:
    """The sequences that step together, packed without gaps."""

    def __init__(self, capacity: int, block_size: int) -> None:
        self._sequences = np.zeros(capacity, dtype=sequence_layout(block_size))
        self._size = 0

    def __len__(self) -> int:
        return self._size

    @property
    def room(self) -> int:
        """Number of sequences that may join."""
        return len(self._sequences) - self._size

    @property
    def sequences(self) -> Sequences:
        """The sequences of the batch, a view of its array."""
        return self._sequences[: self._size]

    @property
    def contexts(self) -> Contexts:
        """The context of each sequence, int64 [B, L]."""
        contexts: Contexts = self.sequences["context"]
        return contexts

    def requests(self) -> list[ScheduledRequest]:
        """Return the requests that have sequences in the batch."""
        return list(dict.fromkeys(self.sequences["request"]))

    def add(self, scheduled: ScheduledRequest, count: int) -> None:
        """Add the next ``count`` sequences of a request to the batch."""
        request, at = scheduled.request, scheduled.request.count - scheduled.waiting
        prefix, min_length, max_length, _ = request.constraint
        new = self._sequences[self._size : self._size + count]
        block_size = new["context"].shape[1]
        new["request"] = scheduled
        new["row"] = np.arange(at, at + count)
        new["key"] = scheduled.rng_keys[at : at + count]
        new["context"] = ([END] * block_size + list(prefix))[-block_size:]
        new["state"] = scheduled.start.state if scheduled.start else 0
        new["position"] = new["prefix_length"] = len(prefix)
        new["symbols"] = END
        new["symbols"][:, : len(prefix)] = prefix
        new["min_length"], new["max_length"] = min_length, max_length
        for setting, value in request.sampling._asdict().items():
            new[setting] = value
        new["is_simple"] = scheduled.chain is None and not truncates(request.sampling)
        scheduled.waiting -= count
        scheduled.running += count
        self._size += count

    def advance(self, symbols: Symbols) -> list[ScheduledRequest]:
        """Append the next symbol of each sequence [B]; ended sequences leave the batch.

        A sequence ends with its end symbol, or by growing longer than its request allows.

        Returns the requests of which the last sequence has ended.
        """
        sequences = self.sequences
        ends = symbols == END
        fits = ends & (sequences["position"] >= sequences["min_length"])
        leaving = ends | (sequences["position"] == sequences["max_length"])
        advance_states(sequences, symbols)
        sequences["symbols"][np.arange(len(sequences)), sequences["position"]] = symbols
        sequences["position"] += 1
        sequences["context"][:, :-1] = sequences["context"][:, 1:]
        sequences["context"][:, -1] = symbols
        finished = self._hand_over(sequences[leaving], fits[leaving])
        self._compact(~leaving)
        return finished

    @staticmethod
    def _hand_over(sequences: Sequences, fits: NDArray[np.bool_]) -> list[ScheduledRequest]:
        """Write ended candidates into their requests; return the requests that are finished."""
        finished = []
        for request, row, symbols, fit in zip(
            sequences["request"], sequences["row"], sequences["symbols"], fits, strict=True
        ):
            if fit:
                request.rows[row] = symbols[: request.rows.shape[1]]
                request.fits[row] = True
            request.running -= 1
            if request.is_finished:
                finished.append(request)
        return finished

    def remove(self, request: ScheduledRequest) -> None:
        """Take a request's sequences out of the batch."""
        request.waiting = request.running = 0
        others = [other is not request for other in self.sequences["request"]]
        self._compact(np.array(others, dtype=bool))

    def _compact(self, kept: NDArray[np.bool_]) -> None:
        """Fill the places of the sequences that leave with the last sequences that stay."""
        size = int(kept.sum())
        places, last = np.flatnonzero(~kept[:size]), size + np.flatnonzero(kept[size:])
        self._sequences[places] = self._sequences[last]
        self._sequences["request"][size : self._size] = None  # the batch holds no request that left
        self._size = size
