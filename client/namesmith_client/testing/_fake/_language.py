"""The names that a constraint admits, as an automaton that is made while it is walked.

A condition on the characters is a pattern: a suffix is one behind any text. A state of a pattern is
the set of what may follow, its partial derivatives (Antimirov 1996). Names that are never returned
are walked as words; of texts that stand nowhere in a name, the longest beginning is kept that the
text so far ends with (Aho and Corasick 1975).
"""

from collections.abc import Iterable
from functools import lru_cache
from itertools import accumulate
from typing import NamedTuple

from namesmith.pattern import Alternation, CharacterClass, Concatenation, Repeat
from namesmith.vocabulary import END
from namesmith_client.testing._fake._distribution import VOCABULARY

Rest = tuple[Repeat, ...]
"""The parts of a pattern that are yet to come."""

ANY = Repeat(CharacterClass(frozenset(range(END + 1, len(VOCABULARY)))), 0, None)
"""Any text."""


class State(NamedTuple):
    """A state of the automaton.

    Attributes:
        rests: of each condition, all that may follow.
        denied: of the pattern that no name matches, all that may follow.
        word: the text so far, while a name that is never returned begins with it; otherwise None.
        tail: the longest end of the text so far with which an excluded text begins.
    """

    rests: tuple[frozenset[Rest], ...]
    denied: frozenset[Rest]
    word: str | None
    tail: str


class Language:
    """The names that fulfil all conditions and are kept from by none of the others."""

    def __init__(
        self,
        conditions: Iterable[Rest],
        forbidden: Iterable[str] = (),
        excludes: Iterable[str] = (),
        denied: Rest | None = None,
    ) -> None:
        self._forbidden, self._excludes = frozenset(forbidden), frozenset(excludes)
        self._beginnings, self._tails = _beginnings(self._forbidden), _beginnings(self._excludes)
        rests = tuple(frozenset({one}) for one in conditions)
        self.start = State(rests, frozenset(() if denied is None else {denied}), "", "")

    def step(self, state: State, symbol: int) -> State | None:
        """Return the state behind one more symbol; None where no name goes on so."""
        rests = tuple(_step(one, symbol) for one in state.rests)
        if not all(rests):
            return None
        character = VOCABULARY.symbols[symbol]
        word = None if state.word is None else state.word + character
        tail = state.tail + character
        while tail not in self._tails:
            tail = tail[1:]
        if any(tail[i:] in self._excludes for i in range(len(tail))):
            return None
        denied = _step(state.denied, symbol)
        return State(rests, denied, word if word in self._beginnings else None, tail)

    def admits(self, state: State) -> bool:
        """Return whether a name may end in a state."""
        ends = all(any(_may_be_empty(rest) for rest in one) for one in state.rests)
        denied = any(_may_be_empty(rest) for rest in state.denied)
        return ends and not denied and state.word not in self._forbidden


def _beginnings(texts: Iterable[str]) -> frozenset[str]:
    return frozenset({"", *(beginning for text in texts for beginning in accumulate(text))})


def one_of(texts: Iterable[str]) -> Repeat:
    """Return the part of a pattern that is one of some texts."""
    return Repeat(Alternation(tuple(Concatenation(literal(text)) for text in texts)), 1, 1)


def literal(text: str) -> Rest:
    """Return the pattern of one text."""
    return tuple(Repeat(CharacterClass(frozenset({one})), 1, 1) for one in VOCABULARY.encode(text))


@lru_cache(maxsize=1 << 16)
def _step(rests: frozenset[Rest], symbol: int) -> frozenset[Rest]:
    return frozenset(after for rest in rests for after in _derivatives(rest, symbol))


def _derivatives(rest: Rest, symbol: int) -> frozenset[Rest]:
    """Return all that may follow the symbol, where ``rest`` was to come."""
    found: set[Rest] = set()
    for i, head in enumerate(rest):
        behind = rest[i + 1 :]
        if head.most is None or head.most > 1:
            most = None if head.most is None else head.most - 1
            behind = (Repeat(head.atom, max(head.least - 1, 0), most), *behind)
        if head.most != 0:
            found.update((*inner, *behind) for inner in _derivatives_of_atom(head.atom, symbol))
        if not _may_be_empty((head,)):
            break
    return frozenset(found)


def _derivatives_of_atom(atom: CharacterClass | Alternation, symbol: int) -> frozenset[Rest]:
    if isinstance(atom, CharacterClass):
        return frozenset({()} if symbol in atom.symbols else ())
    return frozenset[Rest]().union(*(_derivatives(one.parts, symbol) for one in atom.choices))


def _may_be_empty(rest: Rest) -> bool:
    return all(one.least == 0 or _is_empty_atom(one.atom) for one in rest)


def _is_empty_atom(atom: CharacterClass | Alternation) -> bool:
    return isinstance(atom, Alternation) and any(_may_be_empty(one.parts) for one in atom.choices)


def pattern_of(tree: Alternation) -> Rest:
    """Return the pattern of a syntax tree."""
    return (Repeat(tree, 1, 1),) if len(tree.choices) > 1 else _only(tree.choices)


def _only(choices: tuple[Concatenation, ...]) -> Rest:
    return choices[0].parts
