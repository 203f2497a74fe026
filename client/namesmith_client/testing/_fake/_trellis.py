"""All names of a constraint and their weights, exactly: what drawing and the questions walk.

A node stands for the names that go on from a state, behind a symbol, at a length. Its weight is the
sum of their probabilities, an integer in units of ``UNIT`` to the power of the symbols that may
still come. So the interval of the integers below the weight of the first node has a part for each
name, and a random one of them draws a name.
"""

import heapq
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random

from namesmith.vocabulary import END
from namesmith_client.testing._fake._distribution import UNIT, VOCABULARY, Rows
from namesmith_client.testing._fake._language import Language, State
from namesmith_client.testing._fake._refusals import too_complex

MAX_NODES = 200_000
"""Largest number of nodes, of some seconds: a constraint that needs more is refused."""


@dataclass
class Node:
    """The names that go on from one place.

    Attributes:
        ends: weight of the name that ends here; 0: none may.
        end: natural-log probability of the end symbol; minus infinity where no name may end.
        weight: weight of all names.
        squares: sum of the squares of the names' weights.
        names: number of names.
        lengths: sum of the names' lengths, each times the weight of its name.
        best: natural-log probability of the most probable way to go on.
        arcs: symbol, weight and next node of each symbol that may follow.
    """

    ends: int = 0
    end: float = -math.inf
    weight: int = 0
    squares: int = 0
    names: int = 0
    lengths: int = 0
    best: float = -math.inf
    arcs: list[tuple[int, int, "Node"]] = field(default_factory=list)


class Trellis:
    """The names of a language, of given lengths, under given distributions."""

    def __init__(self, rows: Rows, language: Language, min_length: int, max_length: int) -> None:
        self._rows = rows
        self._language = language
        self._min_length = min_length
        self._max_length = max_length
        self._nodes: dict[tuple[State, int, int], Node] = {}

    def node(self, text: str = "") -> Node:
        """Return the node behind a text, however improbable the text is."""
        state: State | None = self._language.start
        symbols = VOCABULARY.encode(text)
        for symbol in symbols:
            state = state and self._language.step(state, symbol)
        if state is None or len(symbols) > self._max_length:
            return Node()
        return self._node(state, symbols[-1] if symbols else END, len(symbols))

    def probability(self) -> float:
        """Return the probability that a name which is drawn freely is one of these."""
        total: int = UNIT ** (self._max_length + 1)
        return self.node().weight / total

    def _node(self, state: State, last: int, length: int) -> Node:
        known = self._nodes.get((state, last, length))
        if known is not None:
            return known
        if len(self._nodes) >= MAX_NODES:
            raise too_complex(MAX_NODES)
        node = Node()
        remaining = self._max_length - length
        row = self._rows[last]
        if row[END] and length >= self._min_length and self._language.admits(state):
            node.ends = node.weight = row[END] * UNIT**remaining
            node.squares = node.ends**2
            node.end = node.best = math.log(row[END] / UNIT)
            node.names, node.lengths = 1, node.ends * length
        for symbol in range(END + 1, len(row)) if remaining else ():
            following = self._language.step(state, symbol) if row[symbol] else None
            if following is not None:
                self._add(node, symbol, row[symbol], self._node(following, symbol, length + 1))
        self._nodes[state, last, length] = node  # once it is whole: threads may share the trellis
        return node

    @staticmethod
    def _add(node: Node, symbol: int, weight: int, after: Node) -> None:
        if after.weight:
            node.arcs.append((symbol, weight, after))
            node.weight += weight * after.weight
            node.squares += weight**2 * after.squares
            node.names += after.names
            node.lengths += weight * after.lengths
            node.best = max(node.best, math.log(weight / UNIT) + after.best)


class Draws:
    """Names that are drawn from a node on, one after the other, perhaps without replacement."""

    def __init__(self, node: Node, prefix: str, *, distinct: bool) -> None:
        self._node = node
        self._prefix = prefix
        self._distinct = distinct
        self._taken: dict[str, int] = {}  # the weight below a text that was drawn before

    @property
    def are_exhausted(self) -> bool:
        """True if no name is left."""
        return self._node.weight == self._taken.get(self._prefix, 0)

    def draw(self, random: Random) -> str:
        """Draw a name; one must be left."""
        node, text, taken = self._node, self._prefix, self._taken
        path = [(text, 1)]
        at = random.randrange(node.weight - taken.get(text, 0))
        while True:
            ends = 0 if f"{text}{VOCABULARY.symbols[END]}" in taken else node.ends
            if at < ends:
                break
            at -= ends
            for symbol, weight, after in node.arcs:
                longer = text + VOCABULARY.symbols[symbol]
                part = weight * (after.weight - taken.get(longer, 0) if taken else after.weight)
                if at < part:
                    break
                at -= part
            node, text, at = after, longer, at // weight
            path.append((text, weight))
        if self._distinct:
            self._take(text, node.ends, path)
        return text

    def _take(self, name: str, weight: int, path: list[tuple[str, int]]) -> None:
        self._taken[f"{name}{VOCABULARY.symbols[END]}"] = weight
        for text, step in reversed(path):
            self._taken[text] = self._taken.get(text, 0) + weight
            weight *= step


def most_probable(node: Node) -> Iterator[tuple[str, float]]:
    """Iterate over names and their natural-log probabilities, the most probable first.

    Names whose log-probabilities agree to 9 decimals are in the order of their symbols.
    """
    waiting: list[tuple[float, str, float, int, Node | None]] = []
    pushed = 0

    def push(text: str, log_prob: float, rest: float, after: Node | None) -> None:
        nonlocal pushed
        pushed += 1
        heapq.heappush(waiting, (-round(log_prob + rest, 9), text, log_prob, pushed, after))

    if node.weight:
        push("", 0.0, node.best, node)
    while waiting:
        _, text, log_prob, _, after = heapq.heappop(waiting)
        if after is None:
            yield text, log_prob
            continue
        if after.ends:
            push(text, log_prob + after.end, 0.0, None)
        for symbol, weight, following in after.arcs:
            step = log_prob + math.log(weight / UNIT)
            push(text + VOCABULARY.symbols[symbol], step, following.best, following)
