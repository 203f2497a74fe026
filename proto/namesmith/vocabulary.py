"""The vocabulary: the symbols of a model, and how text becomes symbols.

This module knows characters and ids, and no arrays, tensors or transport.
"""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

END = 0
"""Id of the symbol that starts and ends a name."""

END_SYMBOL = "."
"""Text that shows the symbol which starts and ends a name; it is no character of a name.

A name may hold the character ``"."`` all the same, which is then a symbol of its own.
"""

LINE_ENDS = frozenset("\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029")
"""Characters that no name holds, because files of names are read by lines."""


SHORT_TEXT = 64
"""Number of characters up to which any text is composed: in a few microseconds."""

MAX_MARKS = 30
"""Largest number of combining characters in a row of a text that is composed (the Stream-Safe Text
Format of Unicode's annex 15): composition sorts them, in quadratic time. Longer rows stand in no
language."""

DOUBLE_MARKS = frozenset("\u0f73\u0f75\u0f81")
"""Characters that are no combining ones themselves and are two once decomposed."""


class UnknownCharacterError(ValueError):
    """A character outside the vocabulary.

    Attributes:
        character: the character, after normalisation.
        position: index of the character in the normalised text, from 0.
    """

    def __init__(self, character: str, position: int) -> None:
        super().__init__(f"character {character!r} at position {position} is not in the vocabulary")
        self.character = character
        self.position = position


@dataclass(frozen=True)
class Vocabulary:
    """The symbols of a model, in the order of their ids.

    The first symbol is the end symbol, shown as ``"."``. The others are the characters of names;
    one of them may be the character ``"."``.

    Raises:
        ValueError: the first symbol is not ``"."``, a symbol is not one character or ends a
            line, or a character stands twice.
    """

    symbols: tuple[str, ...]

    def __post_init__(self) -> None:
        if not self.symbols or self.symbols[END] != END_SYMBOL:
            raise ValueError(f"the first symbol must be {END_SYMBOL!r}")
        if any(len(symbol) != 1 for symbol in self.symbols):
            raise ValueError("every symbol must be one character")
        if not LINE_ENDS.isdisjoint(self.symbols):
            raise ValueError("no symbol may end a line")
        if len(self.ids) != len(self.symbols) - 1:
            raise ValueError("no symbol may stand twice, but '.', once for the end of a name")

    @classmethod
    def of(cls, names: Iterable[str]) -> "Vocabulary":
        """Make the vocabulary of names: the end symbol, then the characters, sorted.

        The notebook's second cell makes the same of names without ``"."``; of others, the character
        stands behind the end symbol.
        """
        return cls((END_SYMBOL, *sorted(set().union(*names))))

    def __len__(self) -> int:
        return len(self.symbols)

    @cached_property
    def ids(self) -> dict[str, int]:
        """The id of each character; the end symbol is none."""
        return {symbol: i for i, symbol in enumerate(self.symbols) if i != END}

    @cached_property
    def has_upper_case(self) -> bool:
        """True if any symbol changes when it is lower-cased."""
        return any(symbol != symbol.lower() for symbol in self.symbols)

    def normalise(self, text: str) -> str:
        """Return a text composed (NFC), in lower case where the vocabulary has no upper case.

        A text of more than ``SHORT_TEXT`` characters with more than ``MAX_MARKS`` combining
        characters in a row is not composed. The time is linear in the length of the text.
        """
        if not text.isascii() and (len(text) <= SHORT_TEXT or _is_stream_safe(text)):
            text = unicodedata.normalize("NFC", text)
        return text if self.has_upper_case else text.lower()

    def encode(self, text: str) -> list[int]:
        """Return the ids of the normalised text's characters, without an end symbol.

        Raises:
            UnknownCharacterError: a character is outside the vocabulary; the error holds the first
                such character.
        """
        normal = self.normalise(text)
        for position, character in enumerate(normal):
            if character not in self.ids:
                raise UnknownCharacterError(character, position)
        return [self.ids[character] for character in normal]

    def decode(self, ids: Sequence[int]) -> str:
        """Return the text that ids stand for; the inverse of ``encode`` on normalised text."""
        return "".join(self.symbols[i] for i in ids)


def _is_stream_safe(text: str) -> bool:
    """Tell whether at most ``MAX_MARKS`` combining characters stand in a row."""
    marks = 0
    for character in text:
        if unicodedata.combining(character) or character in DOUBLE_MARKS:
            marks += 1
            if marks > MAX_MARKS:
                return False
        else:
            marks = 0
    return True
