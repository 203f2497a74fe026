"""The compiler of regular expressions: a pattern becomes an automaton, at a bounded cost.

1. The parser makes the syntax tree.
2. Each character class of the tree becomes a *position*, once for each time it is repeated
   (Glushkov 1961). A position waits for a symbol of its class, and once the symbol has come, the
   positions of its follow set wait. The pattern ``a(b|c)*`` has three positions, and a position
   for the end of the name::

       start -> a -> { b, c, end }        b -> { b, c, end }        c -> { b, c, end }

3. The subset construction makes the automaton: a state is the set of the positions that wait, an
   integer with a bit for each.

The positions are counted before the first is made, and the operations of 2 and 3 are counted while
they run: a pattern whose automaton would grow exponentially is refused within some 25 ms.
"""

import numpy as np

from namesmith.pattern import (
    Alternation,
    CharacterClass,
    Concatenation,
    Node,
    PatternSyntaxError,
    Repeat,
    read_pattern,
)
from namesmith.vocabulary import Vocabulary
from namesmith_server.engine.constraints.dfa import DEAD, Dfa
from namesmith_server.engine.core import checkpoint
from namesmith_server.engine.errors import PatternError

MAX_STEPS = 100_000
"""Largest number of steps that make one automaton, some 25 ms; a step is one operation on a set of
positions."""


def compile_regex(pattern: str, vocabulary: Vocabulary) -> Dfa:
    """Compile a pattern into the automaton that admits the names which the pattern matches whole.

    The pattern is normalised as names are. The automaton is neither trimmed nor minimal.

    Raises:
        PatternError: the pattern is no regular expression over the vocabulary, or costs too much.
    """
    try:
        tree = read_pattern(pattern, vocabulary)
    except PatternSyntaxError as error:
        raise PatternError(str(error)) from None
    return _Determinisation(tree, len(vocabulary)).automaton()


class _Steps:
    """The steps that the making of one automaton has taken, held to ``MAX_STEPS``."""

    def __init__(self) -> None:
        self._taken = 0

    def take(self, steps: int) -> None:
        """Add to the steps taken; raise PatternError once they are more than ``MAX_STEPS``."""
        self._taken += steps
        if self._taken > MAX_STEPS:
            raise PatternError(
                f"needs an automaton that takes more than {MAX_STEPS} steps to make; nest fewer"
                " choices and repetitions"
            )


class _Positions:
    """The positions of a pattern's syntax tree; an integer with a bit for each is a set of them.

    Position 0 waits for the end of the name. While the tree is read, a repetition without an upper
    bound gets a placeholder, a loop, which stands for its follow set until the atom is read.

    Attributes:
        start: the set of positions that wait at the start of a name.
    """

    def __init__(self, tree: Alternation, steps: _Steps) -> None:
        self._steps = steps
        self._classes: list[CharacterClass | None] = [None]
        self._follow = [0]
        self._loops = 0
        start = self._add(tree, 1)
        self._follow = [self._without_loops(follow) for follow in self._follow]
        self.start = self._without_loops(start)

    def by_symbol(self, vocab_size: int) -> list[int]:
        """Return the set of positions that wait for each symbol, empty for the end symbol: [V]."""
        by_class: dict[CharacterClass, int] = {}
        for position, waits_for in enumerate(self._classes):
            if waits_for is not None:
                by_class[waits_for] = by_class.get(waits_for, 0) | 1 << position
        masks = [0] * vocab_size
        for waits_for, positions in by_class.items():
            for symbol in waits_for.symbols:
                masks[symbol] |= positions
        return masks

    def follow(self, positions: int) -> int:
        """Return the union of the follow sets of a set of positions."""
        union = 0
        while positions:
            lowest = positions & -positions
            union |= self._follow[lowest.bit_length() - 1]
            positions ^= lowest
            self._steps.take(1)
        return union

    def _add(self, node: Node, after: int) -> int:
        """Add a node's positions, which ``after`` follows; return those that can match first."""
        match node:
            case CharacterClass():
                return 1 << self._new(node, after)
            case Repeat():
                return self._add_repeat(node, after)
            case Concatenation(parts):
                for part in reversed(parts):
                    after = self._add(part, after)
                return after
            case Alternation(choices):
                first = 0
                for choice in choices:
                    first |= self._add(choice, after)
                return first

    def _add_repeat(self, node: Repeat, after: int) -> int:
        first = after
        if node.most is None:  # a loop behind the least number of copies
            loop = self._new(None, after)
            self._loops |= 1 << loop
            first = 1 << loop
            self._follow[loop] |= self._add(node.atom, first)
        for copy in range(node.least if node.most is None else node.most, 0, -1):
            first = self._add(node.atom, first) | (after if copy > node.least else 0)
        return first

    def _new(self, waits_for: CharacterClass | None, follow: int) -> int:
        self._classes.append(waits_for)
        self._follow.append(follow)
        return len(self._follow) - 1

    def _without_loops(self, positions: int) -> int:
        """Return the set of positions in which each loop is replaced by the positions behind it."""
        replaced = 0
        while loop := positions & self._loops & ~replaced:
            loop &= -loop
            self._steps.take(1)
            replaced |= loop
            positions |= self._follow[loop.bit_length() - 1]
        return positions & ~self._loops


class _Determinisation:
    """The subset construction: a state of the automaton is a set of positions that wait."""

    def __init__(self, tree: Alternation, vocab_size: int) -> None:
        self._steps = _Steps()
        self._positions = _Positions(tree, self._steps)
        self._masks = self._positions.by_symbol(vocab_size)
        self._states = [self._positions.start]
        self._numbers = {self._positions.start: 0}

    def automaton(self) -> Dfa:
        """Return the automaton; raise PatternError once it has taken more than ``MAX_STEPS``."""
        table = [self._row(waiting) for waiting in self._states]  # the list grows meanwhile
        accepting = np.array([waiting & 1 for waiting in self._states], dtype=bool)
        return Dfa(np.array(table, dtype=np.int32), accepting)

    def _row(self, waiting: int) -> list[int]:
        """Return the number of the state after each symbol, or ``DEAD``: [V]."""
        checkpoint()
        self._steps.take(len(self._masks))
        met = [waiting & mask for mask in self._masks]
        after = {0: DEAD}
        for positions in set(met) - {0}:
            after[positions] = self._number(self._positions.follow(positions))
        return [after[positions] for positions in met]

    def _number(self, waiting: int) -> int:
        """Return the number of a state; a new state gets the next number."""
        if waiting not in self._numbers:
            self._numbers[waiting] = len(self._states)
            self._states.append(waiting)
        return self._numbers[waiting]
