"""The syntax tree of a pattern, over the ids of symbols."""

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class CharacterClass:
    """A node that matches any one symbol of a set; a literal is a set of one.

    Attributes:
        symbols: ids of symbols, never the end symbol; an empty set matches no symbol.
    """

    symbols: frozenset[int]


@dataclass(frozen=True, slots=True)
class Repeat:
    """A node that matches its atom ``least`` to ``most`` times in a row.

    Attributes:
        atom: the node that is repeated.
        least: fewest repetitions, at least 0; 1 for an atom that is not repeated.
        most: most repetitions, at least ``least``; None: no upper bound.
    """

    atom: "CharacterClass | Alternation"
    least: int
    most: int | None


@dataclass(frozen=True, slots=True)
class Concatenation:
    """A node that matches its parts one behind the other; without parts, the empty text."""

    parts: tuple[Repeat, ...]


@dataclass(frozen=True, slots=True)
class Alternation:
    """A node that matches any one of its choices, at least one; equal choices stand once."""

    choices: tuple[Concatenation, ...]


Node: TypeAlias = CharacterClass | Repeat | Concatenation | Alternation
"""Any part of a syntax tree, whose root is an ``Alternation``."""


def count_positions(node: Node) -> int:
    """Return the number of positions of a node.

    Each repetition of an atom without positions counts as one position.
    """
    match node:
        case CharacterClass():
            return 1
        case Repeat(atom, least, most):
            return max(count_positions(atom), 1) * (least + 1 if most is None else most)
        case Concatenation(parts):
            return sum(map(count_positions, parts))
        case Alternation(choices):
            return sum(map(count_positions, choices))
