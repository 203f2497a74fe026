"""The kinds of constraint on the characters of a name, each a value of its own.

A kind either admits names (it has a DFA; all DFAs are intersected) or excludes names (it has a
list; all lists are excluded together, at the end), or, where neither would be small enough, keeps a
margin around the training names, by which names are judged once they are drawn. To add a kind,
write its class here and the line that reads it from the wire in ``grpc/converters/constraint.py``;
its tests inherit ``tests/server/engine/constraints/laws.py``.
"""

from abc import ABC
from dataclasses import InitVar, dataclass, field

import numpy as np

from namesmith.limits import MAX_LENGTH
from namesmith.vocabulary import END, Vocabulary
from namesmith_server.engine.constraints.dfa import Dfa, Word, containing, ending
from namesmith_server.engine.constraints.dfa_algebra import minimize, trim
from namesmith_server.engine.constraints.regex_compiler import compile_regex
from namesmith_server.engine.core import EncodedNames


class ContentConstraint(ABC):  # noqa: B024 - a kind overrides a method
    """A constraint on the characters of a name; hashable, and equal where its fields are equal."""

    def dfa(self, vocabulary: Vocabulary) -> Dfa | None:  # noqa: ARG002 - of the kinds that have one
        """Return the DFA of the names that are admitted; None for a kind that only excludes.

        Raises:
            PatternError: the constraint is malformed, or costs too much.
        """
        return None

    def excluded(self, training: EncodedNames) -> EncodedNames | None:  # noqa: ARG002 - of the kinds that do
        """Return the names that are not admitted; None for a kind that has a DFA.

        Args:
            training: the distinct names of the training split.
        """
        return None

    def margin(self) -> int:
        """Return the edit distance from the training names up to which no name is admitted.

        It is 0 of a kind that is told by its DFA or by its list.
        """
        return 0


@dataclass(frozen=True)
class Suffix(ContentConstraint):
    """A name ends with the symbols, at most MAX_LENGTH symbols."""

    symbols: tuple[int, ...]

    def dfa(self, vocabulary: Vocabulary) -> Dfa:
        """Return the DFA of Knuth, Morris and Pratt."""
        return ending(self.symbols, len(vocabulary))


@dataclass(frozen=True)
class Contains(ContentConstraint):
    """A name contains the symbols, one behind the other, at most MAX_LENGTH symbols."""

    symbols: tuple[int, ...]

    def dfa(self, vocabulary: Vocabulary) -> Dfa:
        """Return the DFA of Knuth, Morris and Pratt, whose last state is never left."""
        return containing(self.symbols, len(vocabulary))


@dataclass(frozen=True)
class Pattern(ContentConstraint):
    """A regular expression matches the whole name."""

    regex: str

    def dfa(self, vocabulary: Vocabulary) -> Dfa:
        """Return the DFA of the regular expression, trimmed and minimised.

        Raises the errors of ``compile_regex``.
        """
        return minimize(trim(compile_regex(self.regex, vocabulary), MAX_LENGTH))


@dataclass(frozen=True)
class Forbidden(ContentConstraint):
    """A name is not one of the forbidden names, each given by its symbols.

    Attributes:
        encoded: bytes of the encoded names, int32: a tenth of the memory of the names as tuples.
    """

    names: InitVar[tuple[Word, ...]]
    encoded: bytes = field(init=False, repr=False)

    def __post_init__(self, names: tuple[Word, ...]) -> None:
        symbols = [symbol for name in names for symbol in (*name, END)]
        object.__setattr__(self, "encoded", np.array(symbols, dtype=np.int32).tobytes())

    def excluded(self, training: EncodedNames) -> EncodedNames:  # noqa: ARG002 - of any data
        """Return the forbidden names."""
        return np.frombuffer(self.encoded, dtype=np.int32)


@dataclass(frozen=True)
class Novel(ContentConstraint):
    """A name does not stand in the training split."""

    def excluded(self, training: EncodedNames) -> EncodedNames:
        """Return the names of the training split."""
        return training


@dataclass(frozen=True)
class MinDistance(ContentConstraint):
    """A name is at least ``distance`` edits from every name of the training split.

    An edit inserts, deletes or substitutes a symbol (Levenshtein 1966).

    Attributes:
        distance: 2 or 3; with 1 it would be ``Novel``.
    """

    distance: int

    def margin(self) -> int:
        """Return the largest distance that is too small."""
        return self.distance - 1
