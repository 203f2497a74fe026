"""Plausibility of a name: the probability that a name of the model is less probable."""

from typing import NamedTuple, Protocol

import numpy as np

from namesmith_server.engine.core import Floats
from namesmith_server.engine.markov import SurprisalDistribution

TIED = 1e-5
"""Difference of two log-probabilities, nats, up to which two names are equally probable: rounding,
which depends on the names that are scored together."""


class PlausibilityScale(Protocol):
    """The distribution of the log-probability of a model's own names.

    Attributes:
        resolution: largest difference of a log-probability, in nats, by which a name may be taken
            for less or more probable than another.
        draws: number of names that were drawn to estimate the distribution; None: it is computed.
    """

    @property
    def resolution(self) -> float: ...  # noqa: D102 - above
    @property
    def draws(self) -> int | None: ...  # noqa: D102 - above

    def plausibilities(self, log_probs: Floats) -> Floats:
        """Return the probabilities of a less probable name, ties by half, [names] in [0, 1].

        They never fall where the log-probability rises, and are 0 where it is minus infinity.

        Args:
            log_probs: log-probability of each name, nats, [names].
        """


class ComputedScale(NamedTuple):
    """The scale of a chain."""

    distribution: SurprisalDistribution
    draws: int | None = None

    @property
    def resolution(self) -> float:
        """Largest difference of two names' surprisals that may be confused, nats."""
        return self.distribution.resolution

    def plausibilities(self, log_probs: Floats) -> Floats:
        """Return the probabilities of a less probable name."""
        return self.distribution.upper_tail(-log_probs)


class DrawnScale(NamedTuple):
    """The scale of a network: shares of names that were drawn from it.

    Attributes:
        log_probs: log-probabilities of names that were drawn, in ascending order, [N], N <= draws;
            names too long to be scored are left out, and count as less probable than any.
        draws: number of names that were drawn.
    """

    log_probs: Floats
    draws: int
    resolution: float = 0.0

    def plausibilities(self, log_probs: Floats) -> Floats:
        """Return the shares of less probable names."""
        below = np.searchsorted(self.log_probs, log_probs - TIED, side="left")
        upto = np.searchsorted(self.log_probs, log_probs + TIED, side="right")
        too_long = self.draws - len(self.log_probs)
        shares = (too_long + (below + upto) / 2) / self.draws
        return np.where(np.isneginf(log_probs), 0.0, shares)
