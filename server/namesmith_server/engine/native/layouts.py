"""The layouts that C and numpy share, defined for numpy and compared with C at import."""

from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from namesmith_server.engine.core import Floats

ADDRESS = np.uintp

SYMBOL_ID = np.dtype(np.uint16)
"""Id of a symbol in the names that compiled code draws and writes."""

MAX_VOCAB_SIZE = 1 << 16
"""Largest number of symbols of a vocabulary whose ids fit in a ``SYMBOL_ID``."""

LAYER = np.dtype(
    [
        ("chain_states", ADDRESS),  # int32 [N]
        ("may_end", ADDRESS),  # float64 [N]
        ("rows", ADDRESS),  # int32 [N]
        ("after", ADDRESS),  # int32 [R, V]
        ("completion", ADDRESS),  # float64 [N + 1]
        ("next_completion", ADDRESS),  # float64, of the next layer
    ],
    align=True,
)
"""Layer of a trellis, struct Layer of walk.c."""

CHAIN = np.dtype(
    [
        ("probabilities", ADDRESS),  # float64 [S, V]
        ("rounded", ADDRESS),  # float32 [S, width], or 0
        ("layers", ADDRESS),  # LAYER of each position from ``first`` on
        ("width", np.int64),
        ("vocab_size", np.int64),
        ("first", np.int64),
        ("min_length", np.int64),
    ],
    align=True,
)
"""Conditioned chain, struct Chain of walk.c."""

SYMBOL = np.dtype([("utf8", "S4"), ("length", np.uint32)], align=True)
"""UTF-8 of a symbol and its number of bytes, 0 for the end symbol: struct Symbol of records.c."""

GOING, FITS, LEAVES = 0, 1, 2
"""Statuses of a sequence: without an end, ended as a name of an allowed length, ended otherwise."""

SEQUENCE = np.dtype(
    [
        ("request", np.int64),
        ("row", np.int64),
        ("key", np.uint64),
        ("position", np.int64),
        ("prefix_length", np.int64),
        ("min_length", np.int64),
        ("max_length", np.int64),
        ("status", np.int64),
        ("temperature", np.float64),
    ],
    align=True,
)
"""The first fields of a sequence, struct Sequence of draw.h."""

MEMO = np.dtype(
    [
        ("index", ADDRESS),  # int32 [mask + 1]
        ("keys", ADDRESS),  # uint16 [capacity, L]
        ("rows", ADDRESS),  # float32 or float64 [capacity, V]
        ("mask", np.int64),
        ("capacity", np.int64),
        ("block_size", np.int64),
        ("row_bytes", np.int64),
        ("next", np.int64),
        ("filled", np.int64),
    ],
    align=True,
)
"""Memo of distributions, struct Memo of memo.c."""

VARIANTS = np.dtype(
    [
        ("keys", ADDRESS),  # uint64 [E]
        ("owners", ADDRESS),  # int32 [E]
        ("buckets", ADDRESS),  # int64 [2^bits + 1]
        ("names", ADDRESS),  # SYMBOL_ID
        ("starts", ADDRESS),  # int64 [names]
        ("lengths", ADDRESS),  # int64 [names]
        ("bits", np.int64),
        ("edits", np.int64),
    ],
    align=True,
)
"""Variants of a list of names, struct Index of variants.c."""


WINDOW = np.dtype([("least", np.int32), ("origin", np.int32)], align=True)
"""Costs of a state that have counts: the least, and the index of the count of cost 0, were there
one; struct Window of ranks.c."""

RANKED_LAYER = np.dtype(
    [
        ("chain_states", ADDRESS),  # int32 [N]
        ("may_end", ADDRESS),  # float64 [N]
        ("rows", ADDRESS),  # int32 [N]
        ("after", ADDRESS),  # int32 [R, V]
        ("windows", ADDRESS),  # WINDOW [N + 1]
        ("sizes", ADDRESS),  # int64 [N]
        ("counts", ADDRESS),  # uint64 [entries]
    ],
    align=True,
)
"""Layer of a trellis with the counts of its names, struct Layer of ranks.c."""

RANKS = np.dtype(
    [
        ("layers", ADDRESS),  # RANKED_LAYER [length + 1]
        ("costs", ADDRESS),  # uint16 [S, V]
        ("order", ADDRESS),  # uint16 [S, V]
        ("vocab_size", np.int64),
        ("length", np.int64),
        ("first", np.int64),
        ("min_length", np.int64),
        ("bound", np.int64),
    ],
    align=True,
)
"""Counts of names by cost, struct Ranks of ranks.c."""
PRODUCT = np.dtype(
    [
        ("left_rows", ADDRESS),  # int32, of each left state
        ("left", ADDRESS),  # int32 [., V]
        ("right", ADDRESS),  # int32 [., V]
        ("lefts", ADDRESS),  # int32 [most_pairs]
        ("rights", ADDRESS),  # int32 [most_pairs]
        ("rows", ADDRESS),  # int32 [most_pairs]
        ("after", ADDRESS),  # int32 [most_rows, V]
        ("firsts", ADDRESS),  # int32 [most_rows]
        ("pair_slots", ADDRESS),  # int32 [mask + 1]
        ("row_slots", ADDRESS),  # int32 [mask + 1]
        ("size", np.int64),
        ("mask", np.int64),
        ("most_pairs", np.int64),
        ("most_rows", np.int64),
        ("pairs", np.int64),
        ("shared", np.int64),
        ("examined", np.int64),
    ],
    align=True,
)
"""Product of two machines while it is found, struct Product of product.c."""


class LayerArrays(Protocol):
    """The arrays of a trellis's layer."""

    @property
    def chain_states(self) -> NDArray[np.int32]: ...  # noqa: D102 - as the field
    @property
    def may_end(self) -> Floats: ...  # noqa: D102
    @property
    def rows(self) -> NDArray[np.int32]: ...  # noqa: D102
    @property
    def after(self) -> NDArray[np.int32]: ...  # noqa: D102


class PackedChain(NamedTuple):
    """A conditioned chain for compiled code.

    Attributes:
        raw: bytes of one ``CHAIN``.
        held: arrays into which the addresses of ``raw`` point, and which must outlive it.
    """

    raw: bytes
    held: tuple[object, ...]


def pack(  # noqa: PLR0913 - the fields of the struct
    *,
    probabilities: Floats,
    rounded: NDArray[np.float32] | None,
    layers: Sequence[LayerArrays],
    completion: Sequence[Floats],
    first: int,
    min_length: int,
) -> PackedChain:
    """Pack a conditioned chain.

    Args:
        probabilities: probability of each next symbol in each state, float64 [S, V].
        rounded: cumulative sums of the probabilities, float32 [S, width]; None: compiled code
            works without the sums.
        layers: layers of the trellis.
        completion: completions of the states of each layer, and zeros behind the last layer.
        first: number of characters of the names of the first layer.
        min_length: fewest characters of a name.
    """
    table = np.zeros(len(layers), dtype=LAYER)
    for i, layer in enumerate(layers):
        arrays: list[NDArray[Any]] = [layer.chain_states, layer.may_end, layer.rows, layer.after]
        arrays += completion[i : i + 2]
        table[i] = tuple(address(array) for array in arrays)
    chain = np.zeros((), dtype=CHAIN)
    chain["probabilities"] = address(probabilities)
    if rounded is not None:
        chain["rounded"], chain["width"] = address(rounded), rounded.shape[1]
    chain["layers"] = address(table)
    chain["vocab_size"] = probabilities.shape[1]
    chain["first"], chain["min_length"] = first, min_length
    return PackedChain(chain.tobytes(), (probabilities, rounded, table, layers, completion))


def check(name: str, layout: np.dtype[np.void], compiled: tuple[int, ...] | None) -> None:
    """Compare a layout with the layout that compiled code was built with.

    Args:
        name: name of the struct, for the message.
        layout: the layout in numpy.
        compiled: the layout in C: offset of each field, then the size of the struct, in bytes.

    Raises:
        ImportError: the layouts differ: the compiled code is of another version.
    """
    offsets = [layout.fields[field][1] for field in layout.names or () if layout.fields]
    expected = (*offsets, layout.itemsize)
    if expected != compiled:
        raise ImportError(f"{name}: compiled as {compiled}, expected {expected}; build it anew")


def address(array: NDArray[Any], dtype: type[np.generic] | None = None) -> int:
    """Return the address of an array, for compiled code that reads one ``dtype``.

    Raises:
        ValueError: the array is not contiguous, or of another type.
    """
    if not array.flags.c_contiguous or (dtype is not None and array.dtype != dtype):
        raise ValueError(f"an array for compiled code must be contiguous {dtype}")
    return array.ctypes.data
