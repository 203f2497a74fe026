"""A request on its way through batches."""

from asyncio import Future

from namesmith_server.engine.core import EncodedNames
from namesmith_server.engine.distributions import row_keys
from namesmith_server.engine.markov import ConditionedChain, Start, blank_rows, packed_rows
from namesmith_server.engine.request import GenerateRequest


class ScheduledRequest:
    """A request, the sequences that it still needs, and its names that have been drawn.

    Attributes:
        request: the request.
        chain: chain whose completions weigh the next symbols; None for a model without a table.
        start: place behind the prefix in the chain; None without a chain.
        result: future of the names, cancelled when nobody waits for the names.
        waiting: number of sequences that have not joined the batch.
        running: number of sequences in the batch.
        rows: symbols of each name, [count, max_length + 1].
        rng_keys: keys of the sequences' generators, [count].
    """

    def __init__(
        self,
        request: GenerateRequest,
        chain: ConditionedChain | None,
        start: Start | None,
        result: Future[EncodedNames],
    ) -> None:
        constraint = request.constraint
        self.request = request
        self.chain = chain
        self.start = start
        self.result = result
        self.waiting = request.count
        self.running = 0
        self.rows = blank_rows(request.count, constraint.prefix, constraint.max_length)
        self.rng_keys = row_keys(request.seed, request.first_row, request.count)

    @property
    def is_finished(self) -> bool:
        """True if every name is drawn."""
        return not self.waiting and not self.running

    def names(self) -> EncodedNames:
        """Return the names, encoded."""
        return packed_rows(self.rows)
