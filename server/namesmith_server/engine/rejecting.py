"""Names under any constraint from a model without a table: drawn and tried, within a bound.

The candidates are the names that the same order draws with nothing but its prefix and lengths;
those that the constraint admits, in their order, are the answer. Candidates are independent, so
that the accepted ones follow the conditional distribution, and names that came before, where
distinct ones are asked for, are drawn again: sampling without replacement.
"""

import asyncio
from collections.abc import AsyncIterator

from namesmith_server.engine import frames
from namesmith_server.engine.admitted import Admitted
from namesmith_server.engine.constrained import Drawn
from namesmith_server.engine.errors import GaveUpError
from namesmith_server.engine.parameters import Order
from namesmith_server.engine.sampler import Sampler
from namesmith_server.engine.stream import Codec

TRIES = 10_000
"""Candidates that are rejected in a row before a call gives up."""

AT_ONCE = 1_024
"""Candidates that are drawn at once."""


class Rejecting:
    """A ``Constrained`` on any sampler."""

    def __init__(self, sampler: Sampler, admitted: Admitted, codec: Codec) -> None:
        self._sampler = sampler
        self._admitted = admitted
        self._codec = codec

    async def parts(self, order: Order) -> AsyncIterator[Drawn]:
        """As ``Constrained``."""
        automaton = await asyncio.to_thread(self._admitted.automaton, order.constraint)
        constraint = order.constraint._replace(language=None)
        candidates = order._replace(constraint=constraint, distinct=False, scored=False, first=0)
        seen: set[str] = set()
        tried = accepted = last = 0
        wanted = order.first + order.count
        while accepted < wanted:
            count = min(AT_ONCE, max(wanted - accepted, AT_ONCE // 16, tried))
            drawn = await self._sampler.sample(candidates._replace(count=count, first=tried))
            names = []
            for name in frames.names(drawn):
                tried += 1
                if name in seen or not automaton.accepts(self._codec.ids(name)):
                    continue
                accepted, last = accepted + 1, tried
                names.append(name)
                if order.distinct:
                    seen.add(name)
                if accepted == wanted:
                    break
            names = names[max(0, order.first - accepted + len(names)) :]
            if names:
                yield Drawn(frames.framed(names), acceptance=accepted / last)
            if tried - last >= TRIES:
                raise GaveUpError(
                    f"{tried - last} names in a row did not satisfy the constraint, {accepted} of"
                    f" {tried} did (acceptance rate {accepted / tried:.2g}); this model has no"
                    " table, which would answer exactly"
                )
