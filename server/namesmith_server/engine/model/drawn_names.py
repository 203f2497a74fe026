"""Names that were drawn freely, for estimates: which of them satisfy a constraint."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from namesmith_server.engine.constraints import NameFilter
from namesmith_server.engine.core import EncodedNames, name_places
from namesmith_server.engine.model.estimates import Z_95, Figure, proportion


class DrawnNames(NamedTuple):
    """Counts of names that were drawn.

    Attributes:
        draws: number of names that were drawn.
        allowed: number of these names whose length is allowed.
        lengths: lengths of the names that satisfy the whole constraint, [N].
    """

    draws: int
    allowed: int
    lengths: NDArray[np.integer]

    @staticmethod
    def of(
        names: EncodedNames, draws: int, name_filter: NameFilter, min_length: int
    ) -> "DrawnNames":
        """Count names.

        Args:
            names: encoded names, of the greatest allowed length at most.
            draws: number of names that were drawn, the longer ones included.
            name_filter: test of the names that are admitted.
            min_length: fewest characters of a name.
        """
        _, lengths = name_places(names)
        allowed = lengths >= min_length
        admitted = allowed & name_filter.admitted(names)
        return DrawnNames(draws, int(np.count_nonzero(allowed)), lengths[admitted])

    @staticmethod
    def joined(parts: list["DrawnNames"]) -> "DrawnNames":
        """Return the counts of all parts together."""
        draws, allowed, lengths = zip(*parts, strict=True)
        return DrawnNames(sum(draws), sum(allowed), np.concatenate(lengths))

    def probability(self, z: float = Z_95) -> Figure:
        """Return the probability that a name satisfies the constraint, with the interval of z."""
        hits = len(self.lengths)
        return Figure(hits / self.draws, proportion(hits, self.draws, z))

    @property
    def probability_given_lengths(self) -> Figure:
        """Probability that a name of an allowed length satisfies the constraint."""
        hits = len(self.lengths)
        return Figure(hits / max(self.allowed, 1), proportion(hits, self.allowed))
