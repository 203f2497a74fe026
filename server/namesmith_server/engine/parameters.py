"""What a caller asks of the sampler, checked before it comes here.

Tuples, for they are made for every call and looked up by.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

MAX_LENGTH = 64
"""Characters of the longest name that can be asked for."""


class Sampling(NamedTuple):
    """How each conditional distribution is transformed, in this order.

    Attributes:
        temperature: divides the log-probabilities, in [0, 10]; 0 is greedy.
        top_k: keeps the k most probable, in [0, V]; 0 keeps all.
        top_p: keeps the smallest most probable set that holds it, in (0, 1].
        min_p: keeps what is at least min_p times the most probable, in [0, 1].
    """

    temperature: float = 1.0
    top_k: int = 0
    top_p: float = 1.0
    min_p: float = 0.0


class Samplings(NamedTuple):
    """A ``Sampling`` for each of many rows: an array [B] of each setting."""

    temperature: NDArray[np.float64]
    top_k: NDArray[np.int64]
    top_p: NDArray[np.float64]
    min_p: NDArray[np.float64]


class Language(NamedTuple):
    """What a name must satisfy beyond its prefix and lengths; empty values ask for nothing.

    Attributes:
        suffix: ids that it ends with, at most MAX_LENGTH.
        contains: ids that stand in it, at most MAX_LENGTH.
        pattern: regular expression that the whole name matches; checked where it is compiled.
        forbidden: names that it is not, as ids.
        novel: whether it is no name of the training split.
    """

    suffix: tuple[int, ...] = ()
    contains: tuple[int, ...] = ()
    pattern: str = ""
    forbidden: tuple[tuple[int, ...], ...] = ()
    novel: bool = False


class Constraint(NamedTuple):
    """What a name must satisfy.

    Attributes:
        prefix: ids that it begins with, taken as given; at most max_length.
        min_length: fewest characters, prefix included, in [0, max_length].
        max_length: most characters, prefix included, in [1, MAX_LENGTH].
        language: what else; None: nothing.
    """

    prefix: tuple[int, ...] = ()
    min_length: int = 1
    max_length: int = 32
    language: Language | None = None


class Order(NamedTuple):
    """Names that are wanted.

    Attributes:
        count: how many, >= 1.
        seed: uint64.
        sampling: how each symbol is drawn.
        constraint: what each name satisfies.
        scored: whether log-probabilities are wanted.
        first: row of the first name, >= 0; names of later rows continue the same sequence.
        distinct: whether no name may stand twice.
    """

    count: int  # type: ignore[assignment]  # nobody counts the items of an order
    seed: int
    sampling: Sampling = Sampling()
    constraint: Constraint = Constraint()
    scored: bool = False
    first: int = 0
    distinct: bool = False

    @property
    def plain(self) -> bool:
        """Whether nothing beyond a prefix and lengths is asked for."""
        return self.constraint.language is None and not self.distinct

    def parts(self, size: int) -> Iterator["Order"]:
        """Orders of at most ``size`` names that together are this one."""
        last = self.first + self.count
        for first in range(self.first, last, size):
            yield self._replace(count=min(size, last - first), first=first)
