"""The request of a caller to a sampler; its fields are checked before it is made.

Requests are named tuples because every call makes a request, and caches use its parts as keys.
"""

from collections.abc import Iterator
from typing import NamedTuple, Self

from namesmith.limits import DEFAULT_MAX_LENGTH, DEFAULT_MIN_LENGTH
from namesmith_server.engine.constraints import ContentConstraint
from namesmith_server.engine.distributions import (
    Keys,
    Sampling,
    Seeds,
    row_keys,
    row_keys_of_seeds,
)


class Constraint(NamedTuple):
    """The names that are admitted.

    Attributes:
        prefix: symbols that a name begins with, at most max_length; names are drawn given the
            prefix.
        min_length: fewest characters of a name, prefix included, in [0, max_length].
        max_length: most characters of a name, prefix included, in [1, MAX_LENGTH].
        content: constraints on the characters of a name, all of which a name satisfies.
    """

    prefix: tuple[int, ...] = ()
    min_length: int = DEFAULT_MIN_LENGTH
    max_length: int = DEFAULT_MAX_LENGTH
    content: tuple[ContentConstraint, ...] = ()

    @property
    def has_margin(self) -> bool:
        """True if names are judged by their distance from the training names, once drawn."""
        return any(one.margin() for one in self.content)

    @property
    def without_margin(self) -> "Constraint":
        """The constraint of the prefix, the lengths and the kinds without a margin."""
        return self._replace(content=tuple(one for one in self.content if not one.margin()))


class GenerateRequest(NamedTuple):
    """A number of names that a caller asks for.

    Attributes:
        count: number of names, >= 1.
        seed: seed of the draws, uint64.
        sampling: settings under which each symbol is drawn.
        constraint: constraint that the names satisfy.
        with_log_probs: whether the caller wants the log-probabilities of the names.
        first_row: row of the first name, >= 0; a request from row 100 on continues the names of a
            request for 100 names.
        distinct: whether no name may stand twice in the answer.
        seeds: seed of each name, uint64 [count], whose row ``first_row`` the name is, in place of
            ``seed``; None: the names are rows of ``seed``. Names of seeds are never distinct.
    """

    count: int  # type: ignore[assignment]  # nobody counts the items of a request
    seed: int
    sampling: Sampling = Sampling()
    constraint: Constraint = Constraint()
    with_log_probs: bool = False
    first_row: int = 0
    distinct: bool = False
    seeds: Seeds | None = None

    @property
    def is_unconstrained(self) -> bool:
        """True if the request asks for no more than a prefix and lengths."""
        return not self.constraint.content and not self.distinct

    def rng_keys(self) -> Keys:
        """Return the key of each name's generator, uint64 [count]."""
        if self.seeds is None:
            return row_keys(self.seed, self.first_row, self.count)
        return row_keys_of_seeds(self.seeds, self.first_row)

    def part(self, at: int, count: int) -> Self:
        """Return the request for ``count`` names of this request, from its name ``at`` on."""
        if self.seeds is None:
            return self._replace(count=count, first_row=self.first_row + at)
        return self._replace(count=count, seeds=self.seeds[at : at + count])

    def split(self, size: int) -> Iterator[Self]:
        """Yield requests of about equal counts, at most ``size``, for the names of this request."""
        parts = -(-self.count // size)
        share, larger = divmod(self.count, parts)
        at = 0
        for part in range(parts):
            count = share + (part < larger)
            yield self.part(at, count)
            at += count
