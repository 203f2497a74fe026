"""Names under any constraint from a model without a table: drawn and tried, within a bound.

The candidates are the names that the same order draws with nothing but its prefix and lengths;
those that the constraint admits, in their order, are the answer. Candidates are independent, so
that the accepted ones follow the conditional distribution, and names that came before, where
distinct ones are asked for, are drawn again: sampling without replacement.

Which names there are is known beforehand, from the automaton: none are refused at once, and the
last of a few distinct ones ends the search. How probable they are is not known.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import numpy as np

from namesmith_server.engine import frames
from namesmith_server.engine.admitted import Admitted
from namesmith_server.engine.arrays import Floats
from namesmith_server.engine.automaton import DEAD, Automaton
from namesmith_server.engine.constrained import Drawn
from namesmith_server.engine.errors import GaveUpError, UnsatisfiableError
from namesmith_server.engine.frames import Frames, framed
from namesmith_server.engine.parameters import Constraint, Order
from namesmith_server.engine.sampler import Sampler
from namesmith_server.engine.stream import Codec
from namesmith_server.engine.turns import Turns

TRIES = 10_000
"""Candidates that are rejected in a row before a call gives up."""

AT_ONCE = 1_024
"""Candidates that are drawn at once."""


class Rejecting:
    """A ``Constrained`` on any sampler."""

    def __init__(self, sampler: Sampler, admitted: Admitted, codec: Codec, turns: Turns) -> None:
        self._turns = turns
        self._sampler = sampler
        self._admitted = admitted
        self._codec = codec

    async def parts(self, order: Order) -> AsyncIterator[Drawn]:
        """As ``Constrained``."""
        loop = asyncio.get_running_loop()
        search = await loop.run_in_executor(self._turns, self._search, order)
        candidates = order._replace(
            constraint=order.constraint._replace(language=None), distinct=False, scored=False
        )
        while search.accepted < search.wanted:
            some = candidates._replace(count=search.next_count, first=search.tried)
            try:
                names = search.accept(self._codec, await self._sampler.sample(some))
                search.check()
            except GaveUpError:
                if search.accepted <= order.first:
                    raise
                yield Drawn(framed([]), acceptance=search.accepted / search.tried, gave_up=True)
                return
            names = names[max(0, order.first - search.accepted + len(names)) :]
            if names:
                exhausted = search.accepted == search.wanted < order.first + order.count
                yield Drawn(framed(names), exhausted, search.accepted / search.last)

    def _search(self, order: Order) -> "_Search":
        """Raises as ``parts``."""
        automaton = self._admitted.automaton(order.constraint)
        wanted = order.first + order.count
        names = count(automaton, order.constraint, wanted if order.distinct else 1)
        if not names:
            raise UnsatisfiableError("no name satisfies the constraint")
        return _Search(automaton, names if order.distinct else wanted, order.distinct)


@dataclass
class _Search:
    """How far the trying has come.

    Attributes:
        automaton: admits what is accepted.
        wanted: names.
        distinct: whether no name may be accepted twice.
        accepted: names so far.
        tried: candidates so far.
        last: the candidates that had been tried when the last name was accepted.
    """

    automaton: Automaton
    wanted: int
    distinct: bool
    accepted: int = 0
    tried: int = 0
    last: int = 0
    _seen: set[str] = field(default_factory=set)

    @property
    def next_count(self) -> int:
        """Candidates that are worth drawing at once."""
        return min(AT_ONCE, max(self.wanted - self.accepted, AT_ONCE // 16, self.tried))

    def check(self) -> None:
        """Makes sure that more names are worth trying.

        Raises:
            GaveUpError: too many in a row were rejected.
        """
        if self.tried - self.last >= TRIES:
            raise GaveUpError(
                f"{self.tried - self.last} names in a row did not satisfy the constraint,"
                f" {self.accepted} of {self.tried} did (acceptance rate"
                f" {self.accepted / self.tried:.2g}); this model has no table, which would answer"
                " exactly"
            )

    def accept(self, codec: Codec, drawn: Frames) -> list[str]:
        """Those of the next candidates that are accepted, until there are as many as wanted."""
        candidates = frames.names(drawn)
        names = []
        for name, admitted in zip(
            candidates, self.automaton.admitted(codec.spell(candidates)).tolist(), strict=True
        ):
            self.tried += 1
            if not admitted or name in self._seen:
                continue
            self.accepted, self.last = self.accepted + 1, self.tried
            names.append(name)
            if self.distinct:
                self._seen.add(name)
            if self.accepted == self.wanted:
                break
        return names


def count(automaton: Automaton, constraint: Constraint, most: int) -> int:
    """Names that satisfy the constraint and the automaton; ``most``, where there are as many."""
    ways: Floats = np.zeros(len(automaton.table))  # to each state, by names of ever more characters
    start, total = automaton.after(constraint.prefix), 0.0
    if start != DEAD:
        ways[start] = 1
    for length in range(len(constraint.prefix), constraint.max_length + 1):
        if length >= constraint.min_length:
            total += float(ways @ automaton.accepting)
        live = np.flatnonzero(ways)
        if total >= most or not live.size:
            break
        after = automaton.table[live]
        onward = np.where(after == DEAD, len(ways), after)
        weights = np.broadcast_to(ways[live, None], onward.shape)
        ways = np.bincount(onward.ravel(), weights.ravel(), len(ways) + 1)[:-1].astype(np.float64)
    return int(min(total, most))
