"""A table model's answers under any constraint: names drawn, measured and listed, exactly."""

import asyncio
import math
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Executor
from functools import lru_cache
from typing import NamedTuple, TypeVar

import numpy as np

from namesmith.vocabulary import END
from namesmith_server.backends.base import LogProbs
from namesmith_server.engine.admitted import Admitted
from namesmith_server.engine.arrays import Floats
from namesmith_server.engine.beam import Drawing, Found, MostProbable, search
from namesmith_server.engine.cache import Cache
from namesmith_server.engine.constrained import Drawn
from namesmith_server.engine.parameters import Constraint, Order, Sampling
from namesmith_server.engine.product import Product
from namesmith_server.engine.stream import Stream
from namesmith_server.engine.transform import transform

T = TypeVar("T")
Key = tuple[Sampling, Constraint]

KEPT = 128 << 20
"""Bytes of products that are kept."""

TABLES = 4
"""Transformed tables that are kept."""

PART = 8192
"""Names that are drawn at once."""

FEW = 64
"""Names that are drawn at once on the event loop."""

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


class Exact:
    """A ``Constrained`` on a table, which answers questions too; used from one event loop."""

    def __init__(self, table: LogProbs, admitted: Admitted, executor: Executor) -> None:
        """Takes the canonical table float32 [V^L, V]."""
        self._table = table
        self._admitted = admitted
        self._executor = executor
        self._transformed = lru_cache(TABLES)(self._transform)
        self._products = Cache[Key, Product](KEPT, self._product, executor)

    async def parts(self, order: Order) -> AsyncIterator[Drawn]:
        """As ``Constrained``."""
        product = await self._products.get((order.sampling, order.constraint))
        if order.distinct:
            found = await self._run(lambda: _distinct(product, order))
            names = _split(found.stream)
            for at in range(0, len(names), PART):
                some = names[at : at + PART]
                last = at + PART >= len(names)
                yield Drawn(np.concatenate(some), last and len(names) < order.count)
            return
        product.check()
        for part in order.parts(PART):
            if part.count <= FEW:
                yield Drawn(product.names(part))
            else:
                yield Drawn(await self._run(lambda part=part: product.names(part)))  # type: ignore[misc]

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
        return await self._run(lambda: _measured(product, whole.probability, floor))

    async def top(self, count: int, sampling: Sampling, constraint: Constraint) -> Found:
        """The most probable names that satisfy a constraint; fewer, where there are fewer.

        Raises:
            PatternError, TooComplexError, UnsatisfiableError, TooRareError: as ``parts``.
        """
        product = await self._products.get((sampling, constraint))
        return await self._run(lambda: _top(product, count))

    def _product(self, key: Key) -> Product:
        sampling, constraint = key
        automaton = self._admitted.automaton(constraint)
        return Product(self._transformed(sampling), automaton, constraint)

    def _transform(self, sampling: Sampling) -> Floats:
        return transform(self._table, sampling)

    async def _run(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._executor, work)


def _distinct(product: Product, order: Order) -> Found:
    product.check()
    wanted = order.first + order.count
    found = search(product, Drawing(product), wanted, order.seed)
    return found


def _measured(product: Product, lengths: float, floor: float | None) -> Measure:
    above = None
    if floor is not None:
        above = 0
        if product.probability:
            least = floor - math.log(product.prefix_probability)
            above = len(search(product, MostProbable(product, least), COUNTED + 1).log_probs)
    return Measure(
        product.probability,
        product.probability / lengths if lengths else 0.0,
        product.expected_length,
        product.count,
        above if above is None else min(above, COUNTED),
        more=above is not None and above > COUNTED,
    )


def _top(product: Product, count: int) -> Found:
    product.check()
    return search(product, MostProbable(product), count)


def _split(stream: Stream) -> list[Stream]:
    """The names of a stream, each with its end symbol."""
    return np.split(stream, np.flatnonzero(stream == END)[:-1] + 1)
