"""What a caller asks of a sampler, checked before it comes here.

Named tuples, for a request is made for every call and caches look values up by its parts.
"""

from collections.abc import Iterator
from typing import NamedTuple

from namesmith.limits import DEFAULT_MAX_LENGTH, DEFAULT_MIN_LENGTH
from namesmith_server.engine.constraints import ContentConstraint
from namesmith_server.engine.distributions import Sampling


class Constraint(NamedTuple):
    """The names that are admitted.

    Attributes:
        prefix: symbols that a name begins with, taken as given; at most max_length.
        min_length: fewest characters, prefix included, in [0, max_length].
        max_length: most characters, prefix included, in [1, MAX_LENGTH].
        content: further constraints, all of which a name satisfies.
    """

    prefix: tuple[int, ...] = ()
    min_length: int = DEFAULT_MIN_LENGTH
    max_length: int = DEFAULT_MAX_LENGTH
    content: tuple[ContentConstraint, ...] = ()


class GenerateRequest(NamedTuple):
    """A number of names.

    Attributes:
        count: names, >= 1.
        seed: uint64.
        sampling: how each symbol is drawn.
        constraint: names that are admitted.
        with_log_probs: whether log-probabilities are wanted.
        first_row: row of the first name, >= 0; names of later rows continue the same sequence.
        distinct: whether no name may stand twice.
    """

    count: int  # type: ignore[assignment]  # nobody counts the items of a request
    seed: int
    sampling: Sampling = Sampling()
    constraint: Constraint = Constraint()
    with_log_probs: bool = False
    first_row: int = 0
    distinct: bool = False

    @property
    def is_unconstrained(self) -> bool:
        """Whether nothing beyond a prefix and lengths is asked for."""
        return not self.constraint.content and not self.distinct

    def split(self, size: int) -> Iterator["GenerateRequest"]:
        """Yield requests of about equal counts, at most ``size``, that together are this one."""
        parts = -(-self.count // size)
        share, larger = divmod(self.count, parts)
        first = self.first_row
        for part in range(parts):
            count = share + (part < larger)
            yield self._replace(count=count, first_row=first)
            first += count
