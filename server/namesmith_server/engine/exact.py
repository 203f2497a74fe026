"""A table model's answers under any constraint: names drawn, measured and listed, exactly."""

import asyncio
import math
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Executor
from contextlib import suppress
from functools import lru_cache
from typing import NamedTuple, TypeVar

from namesmith_server.backends.base import LogProbs
from namesmith_server.engine.admitted import Admitted
from namesmith_server.engine.arrays import parts
from namesmith_server.engine.cache import Cache
from namesmith_server.engine.compiled import compiled_product_walk
from namesmith_server.engine.constrained import Drawn
from namesmith_server.engine.errors import UnsatisfiableError
from namesmith_server.engine.frames import Frames, framed
from namesmith_server.engine.parameters import Constraint, Order, Sampling
from namesmith_server.engine.product import Product
from namesmith_server.engine.ranking import Drawing, MostProbable
from namesmith_server.engine.search import Found, count_above, search
from namesmith_server.engine.stream import Codec, Stream
from namesmith_server.engine.tendency import Tendency, tendency
from namesmith_server.engine.transformed import Transformed
from namesmith_server.engine.turns import Turns, breathe
from namesmith_server.engine.walk import in_lockstep, joined

T = TypeVar("T")
Key = tuple[Sampling, Constraint]

KEPT = 128 << 20
"""Bytes of products that are kept."""

TABLES = 4
"""Transformed tables that are kept."""

PART = 4096
"""Names that are drawn at once."""

COUNTED = 100_000
"""Names above a floor that are counted."""


class Measure(NamedTuple):
    """What is known of the names that satisfy a constraint.

    Attributes:
        probability: of a name drawn freely, of any length, to satisfy it.
        given_lengths: of a name drawn between its lengths.
        expected_length: characters of a name that does; 0 where there is none.
        names: that do with a positive probability; exact up to 2^53.
        above_floor: those at least as probable as the floor, at most ``COUNTED``; None without
            a floor.
        more: whether there are more of these.
    """

    probability: float
    given_lengths: float
    expected_length: float
    names: float
    above_floor: int | None
    more: bool


class Top(NamedTuple):
    """The most probable names, the most probable first.

    Attributes:
        names: without end symbols.
        log_probs: natural log, drawn freely under the sampling.
        exhausted: whether these are all names that there are.
    """

    names: list[str]
    log_probs: list[float]
    exhausted: bool


class Exact:
    """A ``Constrained`` on a table, which answers questions too; used from one event loop."""

    def __init__(
        self,
        table: LogProbs,
        admitted: Admitted,
        codec: Codec,
        executor: Executor,
        turns: Turns,
    ) -> None:
        """Takes the canonical table float32 [V^L, V], and what draws names off the event loop.

        What takes longer takes turns: others' names need not wait for it.
        """
        self._table = table
        self._codec = codec
        self._admitted = admitted
        self._executor = executor
        self._walk: Callable[[Product, Order], Frames] = self._in_lockstep
        with suppress(ImportError):
            self._walk = compiled_product_walk(codec)
        self._transformed = lru_cache(TABLES)(self._transform)
        self._turns = turns
        self._products = Cache[Key, Product](KEPT, self._product, self._turns)

    async def parts(self, order: Order) -> AsyncIterator[Drawn]:
        """As ``Constrained``."""
        product = await self._products.get((order.sampling, order.constraint))
        if not product.likely:
            await self._run(product.check)
        if order.distinct:
            names = await self._run(lambda: self._distinct(product, order))
            for at in range(0, len(names), PART):
                last = at + PART >= len(names)
                fewer = last and len(names) < order.count
                yield Drawn(framed(names[at : at + PART]), exhausted=fewer)
            return
        for part in order.parts(PART):
            loop = asyncio.get_running_loop()
            frames = await loop.run_in_executor(self._executor, self._frames, product, part)
            yield Drawn(frames)

    async def measure(
        self, sampling: Sampling, constraint: Constraint, floor: float | None
    ) -> Measure:
        """What is known of the names that satisfy a constraint.

        Args:
            sampling: how they are drawn.
            constraint: lengths included.
            floor: natural log-probability of the names that are counted; None: none are.

        Raises:
            PatternError, TooComplexError: as ``parts``.
        """
        product = await self._products.get((sampling, constraint))
        lengths = constraint._replace(prefix=(), language=None)
        whole = await self._products.get((sampling, lengths))
        return await self._run(lambda: _measured(product, whole, floor))

    async def top(self, count: int, sampling: Sampling, constraint: Constraint) -> Top:
        """The most probable names that satisfy a constraint; fewer, where there are fewer.

        Raises:
            PatternError, TooComplexError: as ``parts``.
            UnsatisfiableError: no name that is drawn freely satisfies it.
        """
        product = await self._products.get((sampling, constraint))
        return await self._run(lambda: self._top(product, count))

    async def tendency(self) -> Tendency:
        """What names are like as a whole, untransformed."""
        return await self._run(lambda: tendency(self._transformed(Sampling()).probabilities))

    @property
    def training(self) -> Stream:
        """The distinct names of the training split; at least one."""
        return self._admitted.training

    def _product(self, key: Key) -> Product:
        sampling, constraint = key
        automaton = self._admitted.automaton(constraint)
        return Product(self._transformed(sampling), automaton, constraint)

    def _transform(self, sampling: Sampling) -> Transformed:
        return Transformed(self._table, sampling)

    def _frames(self, product: Product, order: Order) -> Frames:
        return self._walk(product, order)

    def _in_lockstep(self, product: Product, order: Order) -> Frames:
        return self._codec.frames(in_lockstep(product, order))

    def _distinct(self, product: Product, order: Order) -> list[str]:
        found = search(Drawing(product), order.first + order.count, order.seed)
        return self._spelt(found)[order.first :]

    def _top(self, product: Product, count: int) -> Top:
        if not product.possible:
            raise UnsatisfiableError
        found = search(MostProbable(product), count)
        names = self._spelt(found)
        return Top(names, found.log_probs.tolist(), exhausted=len(names) < count)

    def _spelt(self, found: Found) -> list[str]:
        names: list[str] = []
        for part in parts(len(found.names), PART):
            breathe()
            names += self._codec.names(joined(found.names[part]))
        return names

    async def _run(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._turns, work)


def _measured(product: Product, lengths: Product, floor: float | None) -> Measure:
    """``lengths``: the names that satisfy the constraint's lengths."""
    if not product.possible:
        return Measure(0.0, 0.0, 0.0, 0.0, None if floor is None else 0, more=False)
    above = None if floor is None else count_above(product, floor, COUNTED)
    return Measure(
        min(math.exp(product.log_probability), 1.0),
        min(math.exp(product.log_probability - lengths.log_probability), 1.0),  # but for rounding
        product.expected_length,
        product.count,
        above if above is None else min(above, COUNTED),
        more=above is not None and above > COUNTED,
    )
