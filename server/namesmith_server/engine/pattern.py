"""From a regular expression to an automaton, at a cost that is bounded before it is paid.

greenery reads the grammar. Its own automata know no bound (a thousand states take minutes), so
the automaton is made here: a position for each character of the expression, each as often as it
is repeated (Glushkov 1961), sets of positions as the bits of an integer, and the subset
construction under a limit on its steps.
"""

import numpy as np
from greenery import Charclass, Pattern, parse
from greenery.rxelems import Conc, Mult

from namesmith.vocabulary import END, Vocabulary
from namesmith_server.engine.automaton import DEAD, Automaton
from namesmith_server.engine.errors import PatternError
from namesmith_server.engine.syntax import checked
from namesmith_server.engine.turns import breathe

MAX_CHARACTERS = 500
"""Of a pattern."""

MAX_POSITIONS = 1_000
"""Characters of a pattern, each as often as it is repeated."""

MAX_STEPS = 100_000
"""Unions of sets of positions while the automaton is made: some 25 ms."""


def compiled(pattern: str, vocabulary: Vocabulary) -> Automaton:
    """The automaton that admits the names which the pattern matches whole.

    Raises:
        PatternError: it is no pattern, or one that costs too much.
    """
    if len(pattern) > MAX_CHARACTERS:
        raise PatternError(f"{len(pattern)} characters, at most {MAX_CHARACTERS} are allowed")
    tree = parse(checked(vocabulary.normalise(pattern), vocabulary))
    positions = _positions(tree)
    if positions > MAX_POSITIONS:
        raise PatternError(
            f"{_rounded(positions)} characters with their repetitions, at most {MAX_POSITIONS}"
            " are allowed"
        )
    return _Positions(vocabulary).automaton(tree)


def _positions(tree: Pattern | Conc | Mult | Charclass) -> int:
    """How many positions the tree has, its repetitions written out; makes none."""
    if isinstance(tree, Charclass):
        return 1
    if isinstance(tree, Mult):
        last = tree.multiplier.max.v
        times = (tree.multiplier.min.v or 0) + 1 if last is None else last
        return max(_positions(tree.multiplicand), 1) * times
    return sum(map(_positions, tree.mults if isinstance(tree, Conc) else tree.concs))


def _rounded(count: int) -> str:
    return str(count) if count < 10**9 else "more than 10^9"


class _Positions:
    """The positions of one pattern. A set of them is an integer, a bit a position.

    A position waits for a character of its class; once it has come, those in its ``follow`` wait.
    Position 0 waits for the end of the name. A position without a class stands for its
    ``follow``: the place to which a loop returns.
    """

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._symbols = vocabulary.symbols
        self._follow = [0]
        self._classes: list[Charclass | None] = [None]
        self._loops = 0
        self._steps = 0

    def automaton(self, tree: Pattern) -> Automaton:
        """The subset construction; a state is the set that waits."""
        start = self._built(tree, 1)
        self._resolve()
        masks = self._masks()
        found = [self._closed(start)]
        numbers = {found[0]: 0}
        table = []
        for waiting in found:  # grows meanwhile
            breathe()
            self._spend(len(masks))
            after = {0: DEAD}
            for met in {waiting & mask for mask in masks} - {0}:
                follow = self._union(met)
                if follow not in numbers:
                    numbers[follow] = len(found)
                    found.append(follow)
                after[met] = numbers[follow]
            table.append([after[waiting & mask] for mask in masks])
        accepting = np.array([waiting & 1 for waiting in found], dtype=bool)
        return Automaton(np.array(table, dtype=np.int32), accepting)

    def _built(self, tree: Pattern | Conc | Mult | Charclass, after: int) -> int:
        """What waits first, where ``after`` waits behind the tree."""
        if isinstance(tree, Charclass):
            return 1 << self._new(tree, after)
        if isinstance(tree, Mult):
            return self._repeated(tree, after)
        if isinstance(tree, Conc):
            for part in reversed(tree.mults):
                after = self._built(part, after)
            return after
        first = 0
        for choice in tree.concs:
            first |= self._built(choice, after)
        return first

    def _repeated(self, tree: Mult, after: int) -> int:
        least, most = tree.multiplier.min.v or 0, tree.multiplier.max.v
        first = after
        if most is None:  # a loop behind those that must be
            loop = self._new(None, after)
            first = 1 << loop
            self._follow[loop] |= self._built(tree.multiplicand, first)
        for copy in range(least if most is None else most, 0, -1):
            first = self._built(tree.multiplicand, first) | (after if copy > least else 0)
        return first

    def _new(self, kind: Charclass | None, follow: int) -> int:
        self._classes.append(kind)
        self._follow.append(follow)
        return len(self._follow) - 1

    def _resolve(self) -> None:
        """Lets no position without a class wait any more."""
        for position, kind in enumerate(self._classes[1:], 1):
            if kind is None:
                self._loops |= 1 << position
        self._follow = [self._closed(follow) for follow in self._follow]

    def _closed(self, waiting: int) -> int:
        """With what loops stand for in their place."""
        seen = 0
        while loop := waiting & self._loops & ~seen:
            loop &= -loop
            self._spend(1)
            seen |= loop
            waiting |= self._follow[loop.bit_length() - 1]
        return waiting & ~self._loops

    def _masks(self) -> list[int]:
        """Of each symbol, the positions whose class it is of."""
        by_class: dict[Charclass, int] = {}
        for position, kind in enumerate(self._classes):
            if kind is not None:
                by_class[kind] = by_class.get(kind, 0) | 1 << position
        masks = [0] * len(self._symbols)
        for kind, positions in by_class.items():
            for i, symbol in enumerate(self._symbols[END + 1 :], END + 1):
                masks[i] |= positions * kind.accepts(symbol)
        return masks

    def _union(self, positions: int) -> int:
        """What waits once the positions have met their symbol."""
        union = 0
        while positions:
            lowest = positions & -positions
            union |= self._follow[lowest.bit_length() - 1]
            positions ^= lowest
            self._spend(1)
        return union

    def _spend(self, steps: int) -> None:
        self._steps += steps
        if self._steps > MAX_STEPS:
            raise PatternError(
                f"needs an automaton that takes more than {MAX_STEPS} steps to make; nest fewer"
                " choices and repetitions"
            )
