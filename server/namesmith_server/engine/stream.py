"""Many names as one array of symbols, each name followed by the end symbol.

The form in which names are decoded, scored and evaluated: no loop over names in Python.
"""

import struct
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from namesmith.vocabulary import END, Vocabulary
from namesmith_server.engine.frames import Frames, framed

Stream = NDArray[np.integer]
"""Symbols [N]; the last is the end symbol."""


class Codec:
    """Between names and streams of one vocabulary.

    Attributes:
        vocab_size: V.
        packed: each symbol's UTF-8, as compiled code takes it: 4 bytes and their number, uint32,
            which is 0 for the end symbol.
    """

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._end = vocabulary.symbols[END]
        self.vocab_size = len(vocabulary)
        utf8 = [b"", *(symbol.encode() for symbol in vocabulary.symbols[END + 1 :])]
        self.packed = b"".join(struct.pack("4sI", raw, len(raw)) for raw in utf8)
        self._points = np.array([ord(symbol) for symbol in vocabulary.symbols], dtype="<u4")
        self._order = np.argsort(self._points).astype(np.int32)
        self._sorted = self._points[self._order]

    def names(self, stream: Stream) -> list[str]:
        """The names of a stream."""
        names = self._points[stream].tobytes().decode("utf-32-le").split(self._end)
        names.pop()  # nothing follows the last end symbol
        return names

    def frames(self, stream: Stream) -> Frames:
        """The names of a stream, framed."""
        return framed(self.names(stream))

    def encode(self, names: Sequence[str]) -> Stream:
        """The stream of the normalised names.

        Raises:
            UnknownCharacterError: a character outside the vocabulary; the first of the first
                such name.
        """
        return self.spell([self._vocabulary.normalise(name) for name in names])

    def spell(self, normal: Sequence[str]) -> Stream:
        """The stream of names whose every character is a symbol: what was drawn is not normalised.

        Raises:
            UnknownCharacterError: as ``encode``.
        """
        text = "\n".join((*normal, ""))
        points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4")
        at = np.searchsorted(self._sorted, points).clip(max=len(self._sorted) - 1)
        stream: Stream = self._order[at]
        ends = points == ord("\n")
        wrong = (self._sorted[at] != points) ^ ends | (stream == END) & ~ends
        if wrong.any() or ends.sum() != len(normal):
            for name in normal:
                self._vocabulary.encode(name)
        stream[ends] = END
        return stream


def contexts_of(stream: Stream, block_size: int) -> NDArray[np.int64]:
    """The context of each symbol, int64 [N, L]: the symbols before it in its own name."""
    contexts = np.zeros((block_size, len(stream)), dtype=np.int64)
    inside = np.ones(len(stream), dtype=bool)
    for back in range(1, min(block_size, len(stream) - 1) + 1):
        before = stream[:-back]
        inside = inside[1:] & (before != END)  # older than an end symbol: of another name
        np.multiply(before, inside, out=contexts[block_size - back, back:])
    return contexts.T


def sums(values: NDArray[np.floating], stream: Stream) -> NDArray[np.float64]:
    """The sum of the values [N] over each name, end symbol included, in float64."""
    starts = np.flatnonzero(stream == END)[:-1] + 1
    totals: NDArray[np.float64] = np.add.reduceat(values.astype(np.float64), [0, *starts])
    return totals
