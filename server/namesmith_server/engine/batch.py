"""The batch: rows of many orders that advance by a symbol together.

A row carries all that its next symbol depends on, so that it matters neither which rows stand
beside it nor when it joined.
"""

from asyncio import Future
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from namesmith.vocabulary import END
from namesmith_server.backends.base import Contexts
from namesmith_server.engine.arrays import Ids
from namesmith_server.engine.chain import Chain
from namesmith_server.engine.errors import GaveUpError
from namesmith_server.engine.parameters import MAX_LENGTH, Order
from namesmith_server.engine.random import row_keys
from namesmith_server.engine.rows import Rows, layout
from namesmith_server.engine.stream import Stream
from namesmith_server.engine.transform import cuts
from namesmith_server.engine.walk import blank, joined

ATTEMPTS = 1_000
"""Names that a row may try where nothing is known of what follows."""


class Job:
    """An order on its way through batches.

    Attributes:
        order: what is wanted.
        chain: knows what may follow, where the model has a table.
        done: becomes the names as a stream; cancelled when nobody waits for them.
        waiting: rows that have not joined a batch.
        going: rows in the batch.
    """

    def __init__(self, order: Order, chain: Chain | None, done: Future[Stream]) -> None:
        self.order = order
        self.chain = chain
        self.done = done
        self.waiting = order.count
        self.going = 0
        self.names = blank(order.count, order)
        self.keys = row_keys(order.seed, order.first, order.count)

    @property
    def ended(self) -> bool:
        """Whether every name is drawn."""
        return not self.waiting and not self.going

    def stream(self) -> Stream:
        """The names."""
        return joined(self.names)


class Batch:
    """The rows that step together, packed: an array for each thing that a row carries."""

    def __init__(self, capacity: int, block_size: int) -> None:
        self._rows = np.zeros(capacity, dtype=layout(block_size))
        self._size = 0

    def __len__(self) -> int:
        return self._size

    @property
    def room(self) -> int:
        """Rows that may join."""
        return len(self._rows) - self._size

    @property
    def rows(self) -> Rows:
        """The rows, a view."""
        return self._rows[: self._size]

    @property
    def contexts(self) -> Contexts:
        """The contexts of the rows, int64 [B, L]."""
        contexts: Contexts = self.rows["context"]
        return contexts

    def jobs(self) -> list[Job]:
        """The orders that have rows here."""
        return list(dict.fromkeys(self.rows["job"]))

    def join(self, job: Job, count: int) -> None:
        """Takes the next ``count`` rows of a job in."""
        order, at = job.order, job.order.count - job.waiting
        new = self._rows[self._size : self._size + count]
        block_size = new["context"].shape[1]
        new["job"] = job
        new["row"] = np.arange(at, at + count)
        new["key"] = job.keys[at : at + count]
        new["attempt"] = 0
        new["first"] = ([END] * block_size + list(order.constraint.prefix))[-block_size:]
        new["context"] = new["first"]
        new["position"] = new["prefix"] = len(order.constraint.prefix)
        new["symbols"] = END
        new["symbols"][:, : len(order.constraint.prefix)] = order.constraint.prefix
        new["shortest"], new["longest"] = order.constraint[1:3]
        for setting, value in order.sampling._asdict().items():
            new[setting] = value
        new["plain"] = job.chain is None and not cuts(order.sampling)
        job.waiting -= count
        job.going += count
        self._size += count

    def advance(self, symbols: Ids) -> list[Job]:
        """Takes the next symbol of each row; ended rows leave. Returns the jobs that end so."""
        rows = self.rows
        ended = symbols == END
        short = ended & (rows["position"] < rows["shortest"])
        long = ~ended & (rows["position"] == rows["longest"])
        again = short | long
        rows["symbols"][np.arange(len(rows)), rows["position"]] = symbols
        rows["position"] += 1
        rows["context"][:, :-1] = rows["context"][:, 1:]
        rows["context"][:, -1] = symbols
        self._restart(again)
        leaving = ended & ~again
        finished = self._leave(rows[leaving])
        self._keep(~leaving)
        return finished

    @staticmethod
    def _leave(rows: Rows) -> list[Job]:
        """Hands the names of the rows to their jobs; returns those that need no more."""
        finished = []
        for job, row, symbols in zip(rows["job"], rows["row"], rows["symbols"], strict=True):
            job.names[row] = symbols[: job.names.shape[1]]
            job.going -= 1
            if job.ended:
                finished.append(job)
        return finished

    def drop(self, job: Job) -> None:
        """Takes a job's rows out."""
        job.waiting = job.going = 0
        self._keep(np.array([other is not job for other in self.rows["job"]], dtype=bool))

    def failures(self) -> Sequence[tuple[Job, GaveUpError]]:
        """The jobs of which a row has tried too often."""
        tired = self.rows[self.rows["attempt"] >= ATTEMPTS]["job"].tolist()
        return [
            (
                job,
                GaveUpError(
                    f"{ATTEMPTS} names in a row did not satisfy the constraint; this model has no"
                    " table, which would answer exactly"
                ),
            )
            for job in dict.fromkeys(tired)
        ]

    def _restart(self, again: NDArray[np.bool_]) -> None:
        if not again.any():
            return
        rows = self.rows
        columns = np.arange(MAX_LENGTH + 1)
        drawn = again[:, None] & (columns >= rows["prefix"][:, None])
        rows["symbols"][drawn] = END
        rows["attempt"][again] += np.uint64(1)
        rows["position"][again] = rows["prefix"][again]
        rows["context"][again] = rows["first"][again]

    def _keep(self, kept: NDArray[np.bool_]) -> None:
        """Fills the places of the rows that leave with the last ones that stay."""
        size = int(kept.sum())
        places, last = np.flatnonzero(~kept[:size]), size + np.flatnonzero(kept[size:])
        self._rows[places] = self._rows[last]
        self._rows["job"][size : self._size] = None  # a job that has left is not held
        self._size = size
