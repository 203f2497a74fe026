"""The most probable names of a constraint, numbered: a rank for a name, and back.

As a server does, the fake counts names by the whole costs of their steps, here in units of one nat,
and reads a rank as a path through the counts.
"""

import math
from bisect import bisect_right
from collections.abc import Iterator
from itertools import accumulate

from namesmith_client.testing._fake._distribution import UNIT, VOCABULARY, symbol_log_probs
from namesmith_client.testing._fake._refusals import invalid_field
from namesmith_client.testing._fake._trellis import Node

FIRST_BOUND = 8
"""Bound on the costs that are counted at first."""


class NumberedNames:
    """The ``capacity`` cheapest names behind a prefix.

    Attributes:
        capacity: number of names that have a rank.
        floor: natural-log probability that none of them is below.
        names: number of names that the floor leaves to choose from.
    """

    def __init__(self, node: Node, prefix: str, capacity: int) -> None:
        """Count the names; raise InvalidArgumentError where they are fewer than the capacity."""
        if node.names < capacity:
            told = f"{capacity} is above {node.names}, the number of names that are admitted"
            raise invalid_field("capacity", told)
        self.capacity = capacity
        self._node, self._prefix = node, prefix
        self._bound, self._counts = FIRST_BOUND, dict[int, list[int]]()
        while sum(self._counted(node)) < capacity:
            self._bound, self._counts = 2 * self._bound, {}
        totals = list(accumulate(self._counted(node)))
        least = next(cost for cost, names in enumerate(totals) if names >= capacity)
        self._totals = totals[: least + 1]
        self.names = totals[least]
        self.floor = math.floor(math.fsum(symbol_log_probs(prefix)[:-1])) - float(least)

    def name(self, rank: int) -> str:
        """Return the name of a rank in [0, capacity)."""
        left = bisect_right(self._totals, rank)
        rank -= self._totals[left - 1] if left else 0
        node, text = self._node, self._prefix
        while True:
            for choice in self._choices(node, left):
                if rank < choice[-1]:
                    break
                rank -= choice[-1]
            character, step, after, _ = choice
            if after is None:
                return text
            node, left, text = after, left - step, text + character

    def rank(self, name: str) -> int | None:
        """Return the rank of a normalised name; None where it has none."""
        if not name.startswith(self._prefix):
            return None
        rest = [*name[len(self._prefix) :], ""]
        path, node = [], self._node
        for character in rest:
            steps = {one: (step, after) for one, step, after, _ in self._choices(node, 0)}
            if character not in steps or (not character and not node.ends):
                return None
            step, after = steps[character]
            path.append((node, character, step))
            node = after or node
        left = sum(step for _, _, step in path)
        if left >= len(self._totals):
            return None
        rank = self._totals[left - 1] if left else 0
        for here, character, step in path:
            for one, _, _, names in self._choices(here, left):
                if one == character:
                    break
                rank += names
            left -= step
        return rank if rank < self.capacity else None

    def _choices(self, node: Node, left: int) -> Iterator[tuple[str, int, Node | None, int]]:
        """Yield each step: its character, cost and next node, and the rests that cost what is left.

        The end of the name comes first, without a character and a node.
        """
        end = _cost(node.end) if node.ends else 0
        yield "", end, None, int(bool(node.ends) and end == left)
        for symbol, weight, after in node.arcs:
            step = _cost(math.log(weight / UNIT))
            counts = self._counted(after)
            names = counts[left - step] if step <= left else 0
            yield VOCABULARY.symbols[symbol], step, after, names

    def _counted(self, node: Node) -> list[int]:
        """Return the number of rests behind a node by their cost, up to the bound."""
        known = self._counts.get(id(node))
        if known is not None:
            return known
        counts = [0] * (self._bound + 1)
        if node.ends and _cost(node.end) <= self._bound:
            counts[_cost(node.end)] = 1
        for _, weight, after in node.arcs:
            step = _cost(math.log(weight / UNIT))
            for cost, names in enumerate(self._counted(after)[: max(len(counts) - step, 0)]):
                counts[step + cost] += names
        self._counts[id(node)] = counts
        return counts


def _cost(log_prob: float) -> int:
    """Return the cost of a step: its improbability in nats, rounded up."""
    return math.ceil(-log_prob)
