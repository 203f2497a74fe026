"""The compiled code.

Where the package was built without a C compiler, ``available`` is False and the engine works in
numpy, with the same results and more slowly.
"""

import struct

import numpy as np
from numpy.typing import NDArray

from namesmith_server.engine.core import EncodedNames, Floats, Int32s, Reals, Symbols
from namesmith_server.engine.native import layouts, surprisal
from namesmith_server.engine.native.compiled import (
    _draw_symbols,
    _passes,
    _records,
    _walk,
    available,
)
from namesmith_server.engine.native.layouts import LayerArrays, PackedChain, address
from namesmith_server.engine.native.memo_table import MemoTable
from namesmith_server.engine.native.pair_marks import PairMarks
from namesmith_server.engine.native.product_table import ProductTable
from namesmith_server.engine.native.rank_table import RankTable, lower_ways
from namesmith_server.engine.native.variant_index import VariantIndex

__all__ = [
    "FEW",
    "MemoTable",
    "PairMarks",
    "ProductTable",
    "RankTable",
    "VariantIndex",
    "available",
    "backward",
    "count_records",
    "draw_symbols",
    "forward",
    "layouts",
    "lower_ways",
    "surprisal",
    "walk",
    "write_records",
]

FEW: int = _walk.FEW if available else 0
"""Largest number of names that ``walk`` draws without letting other threads run: some 0.1 ms."""


def walk(  # noqa: PLR0913, PLR0917 - the arguments of the C function
    chain: PackedChain,
    prefix: tuple[int, ...],
    position: int,
    state: int,
    seed: int,
    first: int,
    count: int,
    max_length: int,
    keys: NDArray[np.uint64] | None = None,
) -> EncodedNames:
    """Draw the same names as ``markov.sample_batch``, a few names at a time.

    Args:
        chain: conditioned chain, packed.
        prefix: first symbols of every name.
        position: number of characters of the prefix.
        state: state behind the prefix, in the layer of that position.
        seed: seed of the draws, uint64.
        first: row of the first name, >= 0.
        count: number of names, >= 1.
        max_length: most characters of a name.
        keys: key of each name's generator, uint64 [count], in place of the keys of the rows of the
            seed; None: these.
    """
    packed = struct.pack(f"{len(prefix)}H", *prefix) if prefix else b""
    own = 0 if keys is None else address(keys, np.uint64)
    names = _walk.walk(chain.raw, seed, first, count, packed, position, state, max_length, own)
    return np.frombuffer(names, dtype=layouts.SYMBOL_ID)


def write_records(names: EncodedNames, symbols: bytes, header: int) -> bytes:
    """Write encoded names as records: header byte, length as a varint, UTF-8.

    Args:
        names: encoded names, at least one, of which the last ends with the end symbol.
        symbols: bytes of a ``layouts.SYMBOL`` for each symbol, [V].
        header: header byte of each record, in [0, 255].
    """
    if names.dtype != layouts.SYMBOL_ID or not names.flags.c_contiguous:
        names = np.ascontiguousarray(names, dtype=layouts.SYMBOL_ID)
    raw: bytes = _records.records(names, symbols, header)
    return raw


def count_records(raw: bytes, tag: int, entered: int) -> tuple[int, int]:
    """Count the records of bytes that somebody else has written, and the records of one tag.

    Args:
        raw: records: a tag as a varint, and by its wire type a varint, 8 or 4 bytes, a length and
            bytes, or nothing.
        tag: tag of the records that are counted apart.
        entered: tag of the records that hold records, which count too.
    """
    counts: tuple[int, int] = _records.count(raw, tag, entered)
    return counts


def draw_symbols(
    sequences: NDArray[np.void], log_probs: NDArray[np.float32], difference: float, rounding: float
) -> Symbols:
    """Draw the next symbol of each sequence, int64 [B]; -1 where the draw is uncertain.

    Args:
        sequences: sequences [B], whose first fields are ``layouts.SEQUENCE``.
        log_probs: log-probabilities of the next symbol, float32 [B, V].
        difference: bound on the error of each log-probability, nats.
        rounding: bound on the rounding error of a cumulative probability.
    """
    symbols: Symbols = np.empty(len(sequences), dtype=np.int64)
    log_probs = np.ascontiguousarray(log_probs, dtype=np.float32)
    _draw_symbols.draw_symbols(
        sequences.ctypes.data,
        sequences.strides[0],
        *(len(sequences), log_probs.ctypes.data, log_probs.shape[1]),
        *(difference, rounding),
        symbols.ctypes.data,
    )
    return symbols


def backward(  # noqa: PLR0913, PLR0917 - the arguments of the C function
    rule: int,
    weights: Reals,
    layer: LayerArrays,
    end: float,
    zero: float,
    behind: Floats,
    values: Floats,
    part: slice,
) -> None:
    """Compute the values of some states of a layer, as ``markov.backward`` does in numpy.

    Args:
        rule: 0 sums the products of weights and values, 1 takes the greatest of their sums.
        weights: weight of each next symbol in each state of the chain, float32 or float64 [S, V].
        layer: layer of the trellis.
        end: value behind the end symbol where a name may end.
        zero: value behind the end symbol elsewhere.
        behind: values of the next layer, and ``zero`` behind them, float64 [W + 1].
        values: array that the values are written to, float64 of at least [N].
        part: states whose values are computed.
    """
    real = np.float64 if weights.dtype == np.float64 else np.float32
    _passes.backward(
        rule,
        real is np.float64,
        *(address(weights, real), weights.shape[1], address(layer.chain_states, np.int32)),
        *(address(layer.rows, np.int32), address(layer.after, np.int32)),
        *(address(layer.may_end, np.float64), end, zero, address(behind, np.float64)),
        *(len(behind) - 1, part.start, part.stop, address(values, np.float64)),
    )


def forward(  # noqa: PLR0913, PLR0917 - the arguments of the C function
    at: Floats,
    probabilities: Floats,
    rows: Int32s,
    successors: Int32s,
    following: Floats,
    part: slice,
) -> None:
    """Add the probability that flows on from some states, as ``markov.statistics`` does in numpy.

    Args:
        at: probability of each state, [S].
        probabilities: probability of each next symbol in each state, [S, V].
        rows: row of ``successors`` for each state, [S].
        successors: state after each symbol, [R, V].
        following: array that the probability of each successor is added to, [S].
        part: states from which probability flows.
    """
    _passes.forward(
        *(address(at, np.float64), address(probabilities, np.float64), probabilities.shape[1]),
        *(address(rows, np.int32), address(successors, np.int32)),
        *(part.start, part.stop, address(following, np.float64)),
    )
