"""The codec of one vocabulary: converts names between text and one array of symbols.

Encoded names are the form in which names are drawn, scored and evaluated: without an object for
each name, and without a loop over names in Python. Text appears in requests and responses alone.
"""

import io
from collections.abc import Sequence
from itertools import compress, islice

import numpy as np
from numpy.typing import NDArray

from namesmith.vocabulary import END, Vocabulary
from namesmith_server.engine import native
from namesmith_server.engine.core import EncodedNames, name_ends

VARINT, LENGTH_DELIMITED = 0, 2
"""Lowest bits of the tag of a record that is a varint, or a length and bytes."""

MAX_VARINT_BITS = 70
"""Largest number of bits of a varint."""


SEPARATOR = "\n"
"""Character that stands for the end symbol in the text of several names: no name holds it."""

LINES = 1 << 16
"""Number of lines of a text that are encoded at a time."""


class Codec:
    """Encodes and decodes names.

    Attributes:
        vocab_size: number of symbols of the vocabulary, V.
    """

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self.vocab_size = len(vocabulary)
        characters = vocabulary.symbols[END + 1 :]
        utf8 = [b"", *map(str.encode, characters)]
        symbols = [(raw, len(raw)) for raw in utf8]
        self._packed = np.array(symbols, dtype=native.layouts.SYMBOL).tobytes()
        self._points = np.array([ord(symbol) for symbol in (SEPARATOR, *characters)], dtype="<u4")
        self._order = np.argsort(self._points).astype(np.int32)
        self._sorted = self._points[self._order]

    def decode(self, names: EncodedNames) -> list[str]:
        """Return encoded names as text, without end symbols."""
        decoded = self._points[names].tobytes().decode("utf-32-le").split(SEPARATOR)
        decoded.pop()  # nothing follows the last end symbol
        return decoded

    def records(self, names: EncodedNames, header: int) -> bytes:
        """Return encoded names as length-delimited records, one record behind the other.

        A record is the header byte, the length of the name in bytes as a base-128 varint, and the
        name in UTF-8. An array without names gives an empty bytes object.
        """
        if not len(names):
            return b""
        if native.available and self.vocab_size <= native.layouts.MAX_VOCAB_SIZE:
            return native.write_records(names, self._packed, header)
        out = bytearray()
        for raw in map(str.encode, self.decode(names)):
            out.append(header)
            length = len(raw)
            while length >= 0x80:
                out.append(length & 0x7F | 0x80)
                length >>= 7
            out.append(length)
            out += raw
        return bytes(out)

    def encode(self, names: Sequence[str]) -> EncodedNames:
        """Encode names, each normalised first.

        Raises:
            UnknownCharacterError: a name holds a character outside the vocabulary; the error
                reports the first such character of the first such name.
        """
        return self._encode([self._vocabulary.normalise(name) for name in names])

    def _encode(self, normal: Sequence[str]) -> EncodedNames:
        """Encode names as they stand; raise the errors of ``encode``."""
        text = SEPARATOR.join((*normal, ""))
        points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4")
        at = np.searchsorted(self._sorted, points).clip(max=len(self._sorted) - 1)
        encoded: EncodedNames = self._order[at]
        is_known = (self._sorted[at] == points).all()
        if not is_known or np.count_nonzero(encoded == END) != len(normal):
            for name in normal:
                self._vocabulary.encode(name)
        return encoded

    def encode_known(self, names: Sequence[str]) -> tuple[EncodedNames, NDArray[np.bool_]]:
        """Encode the names without an unknown character; tell which these are, bool [names].

        A name that the vocabulary can spell stays as it is, and others are normalised: a drawn
        letter and its mark stay two symbols, where both together are a third.
        """
        characters = self._vocabulary.ids.keys()
        spelt = [
            one if characters >= set(one) else self._vocabulary.normalise(one) for one in names
        ]
        known = [characters >= set(name) for name in spelt]
        return self._encode(list(compress(spelt, known))), np.array(known, dtype=bool)


def encode_lines(codec: Codec, text: str) -> EncodedNames:
    """Encode the names of a text, a name a line, in parts; raise the errors of ``encode``."""
    lines = io.StringIO(text.removesuffix("\n") + "\n", newline="\n")
    parts = []
    while part := [line[:-1] for line in islice(lines, LINES)]:
        parts.append(codec.encode(part))
    return np.concatenate(parts)


def count_records(raw: bytes, tag: int, entered: int) -> tuple[int, int]:
    """Count the records of bytes that somebody else has written, and the records of one tag.

    The count ends at the first record that is broken.

    Args:
        raw: records, each a tag as a base-128 varint and, by the tag's lowest three bits, a varint
            (0), 8 bytes (1), a length as a varint and as many bytes (2), 4 bytes (5) or nothing.
        tag: tag of the records that are counted apart.
        entered: tag of the records that hold records, which count too.
    """
    if native.available:
        return native.count_records(raw, tag, entered)
    records = tagged = at = inside = 0
    while at < len(raw):
        head, at = _varint(raw, at)
        if at > len(raw):
            break
        records += 1
        tagged += head == tag
        kind = head & 7
        size = {1: 8, 5: 4}.get(kind, 0)
        if kind == VARINT:
            _, at = _varint(raw, at)
        elif kind == LENGTH_DELIMITED:
            size, at = _varint(raw, at)
        if at + size > len(raw):
            break
        if head == entered and at >= inside:
            inside = at + size
        else:
            at += size
    return records, tagged


def _varint(raw: bytes, at: int) -> tuple[int, int]:
    """Return the varint at a position, and the position behind it; no end lies behind all bytes."""
    value = 0
    for shift in range(0, MAX_VARINT_BITS, 7):
        if at == len(raw):
            break
        byte = raw[at]
        at += 1
        value |= (byte & 0x7F) << shift & (1 << 64) - 1
        if byte < 0x80:
            return value, at
    return value, len(raw) + 1


def contexts_of(names: EncodedNames, block_size: int) -> NDArray[np.int64]:
    """Return the context of each symbol, int64 [N, L]: the symbols before it in its own name."""
    contexts = np.zeros((block_size, len(names)), dtype=np.int64)
    inside = np.ones(len(names), dtype=bool)
    for back in range(1, min(block_size, len(names) - 1) + 1):
        before = names[:-back]
        inside = inside[1:] & (before != END)  # a symbol before an end symbol is of another name
        np.multiply(before, inside, out=contexts[block_size - back, back:])
    return contexts.T


def sums_by_name(values: NDArray[np.floating], names: EncodedNames) -> NDArray[np.float64]:
    """Return the sum of the values [N] over each name, end symbol included, in float64."""
    starts = name_ends(names)[:-1] + 1
    totals: NDArray[np.float64] = np.add.reduceat(values.astype(np.float64), [0, *starts])
    return totals
