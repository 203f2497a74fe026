"""The edit distance of names from the training split (Levenshtein 1966), by its table.

Names are drawn or listed under all other constraints, and tried then, as a server tries them.
"""

import math
from functools import lru_cache
from itertools import islice
from random import Random

from namesmith import limits
from namesmith.v1 import names_pb2 as pb
from namesmith_client.testing._fake._data import TRAIN
from namesmith_client.testing._fake._trellis import Draws, Node, most_probable

DRAWS = 1_000
"""Number of names that are drawn for an estimate."""

FEW = 10_000
"""Largest number of names that are listed in place of an estimate."""

Z = 1.959964
"""Quantile of the normal distribution of a 95 % interval."""


@lru_cache(maxsize=1 << 16)
def is_far(name: str, distance: int) -> bool:
    """Tell whether a name is at least ``distance`` edits from every training name."""
    near = (one for one in TRAIN if abs(len(one) - len(name)) < distance)
    return all(edits(name, one, distance) >= distance for one in near)


def edits(one: str, other: str, most: int) -> int:
    """Return the number of insertions, deletions and substitutions that make one name another.

    Where they are at least ``most``, the number may be ``most``.
    """
    row = list(range(len(other) + 1))
    for i, own in enumerate(one, 1):
        if min(row) >= most:
            return most
        above, row = row, [i]
        for j, theirs in enumerate(other, 1):
            row.append(min(above[j] + 1, row[-1] + 1, above[j - 1] + (own != theirs)))
    return row[-1]


def far_lengths(node: Node, distance: int) -> list[int]:
    """Return the lengths of the far names among those drawn from the node, always the same ones."""
    draws, random = Draws(node, "", distinct=False), Random(0)  # noqa: S311 - no secret
    drawn = (draws.draw(random) for _ in range(DRAWS))
    return [len(name) for name in drawn if is_far(name, distance)]


def measure_far(
    request: pb.MeasureConstraintRequest, node: Node, free: int, probability: float
) -> pb.MeasureConstraintResponse:
    """Answer how probable a constraint with a distance is.

    Args:
        request: the request.
        node: names of the other constraints.
        free: weight of the names of the lengths alone.
        probability: probability of the other constraints.
    """
    distance = request.constraint.min_distance
    given = node.weight / free if free else 0
    if node.names <= FEW:
        far = [one for one in most_probable(node) if is_far(one[0], distance)]
        total = math.fsum(math.exp(one) for _, one in far)
        lengths = math.fsum(len(name) * math.exp(one) for name, one in far)
        response = pb.MeasureConstraintResponse(
            probability=total,
            probability_given_lengths=given * total / probability if probability else 0,
            expected_length=lengths / total if total else 0,
            names=len(far),
        )
    else:
        response = _estimated(node, given, probability, far_lengths(node, distance))
    if request.HasField("floor"):
        above = ((name, one) for name, one in most_probable(node) if one >= request.floor)
        tried = list(islice(above, limits.MAX_COUNTED_NAMES + 1))
        response.names_above_floor = sum(is_far(name, distance) for name, _ in tried)
        response.budget_ended = len(tried) > limits.MAX_COUNTED_NAMES
    return response


def _estimated(
    node: Node, given: float, probability: float, lengths: list[int]
) -> pb.MeasureConstraintResponse:
    share = len(lengths) / DRAWS
    low, high = _interval(share)
    mean = sum(lengths) / max(len(lengths), 1)
    error = Z * math.sqrt(sum((one - mean) ** 2 for one in lengths)) / max(len(lengths), 1)
    return pb.MeasureConstraintResponse(
        probability=probability * share,
        probability_given_lengths=given * share,
        expected_length=mean,
        names=node.names,
        estimate=pb.Estimate(
            draws=DRAWS,
            probability=pb.Interval(low=probability * low, high=probability * high),
            probability_given_lengths=pb.Interval(low=given * low, high=given * high),
            expected_length=pb.Interval(low=mean - error, high=mean + error),
        ),
    )


def _interval(share: float) -> tuple[float, float]:
    """Return Wilson's score interval of a share of the drawn names."""
    weight = Z * Z / DRAWS
    middle = (share + weight / 2) / (1 + weight)
    half = Z * math.sqrt(share * (1 - share) / DRAWS + weight / DRAWS / 4) / (1 + weight)
    return middle - half, middle + half
