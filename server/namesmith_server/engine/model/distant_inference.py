"""Answers about a chain's names that keep a distance from the training names.

The most probable names are exact. The probability of the other constraints is exact too; the share
of their names that keep the distance is estimated from names that are drawn, always the same ones,
unless the names are few: then they are listed, and every figure is exact.
"""

import math

import numpy as np

from namesmith.limits import MAX_COUNTED_NAMES
from namesmith.vocabulary import END
from namesmith_server.engine.constraints import Neighbourhood
from namesmith_server.engine.core import chosen_names, name_places, packed_rows
from namesmith_server.engine.distributions import row_keys
from namesmith_server.engine.errors import UnsatisfiableError
from namesmith_server.engine.markov import (
    ConditionedChain,
    DistantNames,
    ProbabilityRanking,
    best_distant_names,
    best_names,
    count_above,
    listed_distant_names,
)
from namesmith_server.engine.model.collisions import estimated_collisions
from namesmith_server.engine.model.estimates import Figure, mean_length, proportion
from namesmith_server.engine.model.inference import Estimate, Measure, TopNames
from namesmith_server.engine.samplers import draw_by_keys

DRAWS = 1 << 16
"""Number of names that are drawn for an estimate."""

COLLIDING_DRAWS = 1 << 14
"""Number of names that are drawn to find equal ones."""

PART = 1 << 12
"""Number of names that are drawn at once."""

SEED = 0
"""Seed of the names that are drawn for estimates."""

NOTHING = Measure(0.0, 0.0, 0.0, 0.0, None, more_above_floor=False)
"""The measure of a constraint that no name satisfies."""


def top_distant(chain: ConditionedChain, near: Neighbourhood, count: int) -> TopNames:
    """List the most probable names that are not near.

    Raises:
        UnsatisfiableError: there is none.
    """
    if not chain.is_possible:
        raise UnsatisfiableError
    found = best_distant_names(ProbabilityRanking(chain), near, count)
    if found.are_all and not len(found.names):
        raise UnsatisfiableError
    fewer = len(found.names) < count
    return TopNames(
        packed_rows(found.names),
        found.log_probs,
        exhausted=fewer and found.are_all,
        budget_ended=fewer and not found.are_all,
    )


def measure_distant(
    chain: ConditionedChain, lengths: ConditionedChain, near: Neighbourhood, floor: float | None
) -> Measure:
    """Measure the names of a chain that are not near.

    Args:
        chain: chain conditioned on all other constraints.
        lengths: chain conditioned on the lengths alone.
        near: names that are left out.
        floor: least natural log-probability of the names that are counted; None: none are.

    Raises:
        TooRareError: the names are too many to be listed and too improbable to be drawn.
    """
    if not chain.is_possible:
        return NOTHING if floor is None else NOTHING._replace(above_floor=0)
    listed = listed_distant_names(chain, near)
    measure = _listed(listed, lengths) if listed else _drawn(chain, lengths, near)
    if floor is None:
        return measure
    above, budget_ended = _count_above(chain, near, floor)
    return measure._replace(above_floor=above, budget_ended=budget_ended)


def collisions_distant(chain: ConditionedChain, near: Neighbourhood) -> float:
    """Return the probability that two names that are not near are the same.

    It is exact where the names are few, and otherwise an estimate from above. Raises the errors of
    ``chain.start``.
    """
    chain.start(chain.prefix)
    listed = listed_distant_names(chain, near)
    if listed is not None and len(listed.names):
        weights = listed.weights
        return min(float(weights @ weights / weights.sum() ** 2), 1.0)
    names = draw_by_keys(chain, chain.prefix, row_keys(SEED, 0, COLLIDING_DRAWS))
    return estimated_collisions(chosen_names(names, ~near.holds(names)))


def _listed(listed: DistantNames, lengths: ConditionedChain) -> Measure:
    """Return the measure by the list of all names."""
    names, log_probs, *_ = listed
    if not log_probs.size:
        return NOTHING
    sizes, highest = (names != END).sum(1), float(log_probs.max())
    weights = np.exp(log_probs - highest)  # of names however improbable
    log_probability = highest + math.log(weights.sum())
    return Measure(
        min(math.exp(log_probability), 1.0),
        min(math.exp(log_probability - lengths.log_probability), 1.0),
        float(weights @ sizes / weights.sum()),
        len(sizes),
        None,
        more_above_floor=False,
    )


def _drawn(chain: ConditionedChain, lengths: ConditionedChain, near: Neighbourhood) -> Measure:
    """Return the measure by names that are drawn under the other constraints."""
    found = []
    for first in range(0, DRAWS, PART):
        names = draw_by_keys(chain, chain.prefix, row_keys(SEED, first, PART))
        found.append(name_places(names)[1][~near.holds(names)])
    sizes = np.concatenate(found)
    share = Figure(len(sizes) / DRAWS, proportion(len(sizes), DRAWS))
    probability = share.times(min(math.exp(chain.log_probability), 1.0))
    given = share.times(min(math.exp(chain.log_probability - lengths.log_probability), 1.0))
    length = mean_length(sizes, max(chain.min_length, len(chain.prefix)), chain.max_length)
    return Measure(
        probability.value,
        given.value,
        length.value,
        chain.count,
        None,
        more_above_floor=False,
        estimate=Estimate(DRAWS, probability.interval, given.interval, length.interval),
    )


def _count_above(chain: ConditionedChain, near: Neighbourhood, floor: float) -> tuple[int, bool]:
    """Count the names of log-probability >= ``floor`` that are not near.

    Return the count, and whether the floor has more names than are tried: more may count then.
    """
    above = count_above(chain, floor, MAX_COUNTED_NAMES)
    if not above:
        return 0, False
    tried = best_names(ProbabilityRanking(chain), min(above, MAX_COUNTED_NAMES))
    far = int(np.count_nonzero(~near.holds(packed_rows(tried.names))))
    return far, above > MAX_COUNTED_NAMES
