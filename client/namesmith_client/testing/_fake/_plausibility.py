"""Plausibility of a name: the share of the fake model's names that are less probable."""

import math
from functools import cache
from itertools import accumulate

from namesmith.vocabulary import END
from namesmith_client.testing._fake._distribution import UNIT, log_prob, trained_rows

PER_NAT = 8
"""Number of units of surprisal in a nat: each step of a name is rounded to whole units, >= 1."""

LONGEST = 64
"""Number of steps whose rounding the resolution counts; longer names are rarer than one in 10^6."""

RESOLUTION = LONGEST / (2 * PER_NAT)
"""Largest difference of a log-probability, in nats, by which names may be confused."""

LEAST = 1e-9
"""Probability of the names that go on below which they are left out."""


def plausibility(name: str) -> float:
    """Return the probability of a less probable name, names of the same probability by half."""
    place = 0.5 - log_prob(name) * PER_NAT
    beyond = _beyond()
    whole = min(int(place), len(beyond) - 2)
    part = min(place - whole, 1.0)
    return beyond[whole] * (1 - part) + beyond[whole + 1] * part


@cache
def _beyond() -> tuple[float, ...]:
    """Return the probability of names that cost at least each number of units, from 0 on."""
    return tuple(accumulate(reversed([*_masses(), 0.0])))[::-1]


def _masses() -> list[float]:
    """Return the probability of names that cost each number of units, from cost to cost."""
    edges = [
        [
            (to, max(round(-math.log(one / UNIT) * PER_NAT), 1), one / UNIT)
            for to, one in enumerate(row)
        ]
        for row in trained_rows()
    ]
    size, width = len(edges), max(cost for row in edges for _, cost, _ in row) + 1
    cells = [[0.0] * size for _ in range(width)]  # by cost, modulo the width
    cells[0][END] = going = 1.0
    ended: list[float] = []
    ends = [0.0] * width
    while going > LEAST:
        place = len(ended) % width
        ended.append(ends[place])
        going -= ends[place]
        here, cells[place], ends[place] = cells[place], [0.0] * size, 0.0
        for mass, row in zip(here, edges, strict=True):
            if mass < LEAST * 1e-6:
                continue
            for to, cost, share in row:
                after = (place + cost) % width
                if to == END:
                    ends[after] += mass * share
                else:
                    cells[after][to] += mass * share
    return ended
