"""The compiled code, loaded and checked in one place.

Where the package was built without a C compiler, ``available`` is False and the engine works in
numpy, to the same results and more slowly. The layouts that C and numpy share are compared at
import: compiled code of another version is refused, not run.
"""

import struct

import numpy as np
from numpy.typing import NDArray

from namesmith_server.engine.core import EncodedNames, Symbols
from namesmith_server.engine.native import layouts
from namesmith_server.engine.native.layouts import PackedChain

__all__ = ["FEW", "available", "draw_symbols", "layouts", "walk", "write_records"]

try:
    from namesmith_server.engine.native import _draw_symbols, _records, _walk  # type: ignore[attr-defined]
except ImportError:
    available = False
    """Whether the compiled code is there; the functions below may be called only if so."""
else:
    available = True
    layouts.check("Layer", layouts.LAYER, _walk.LAYER)
    layouts.check("Chain", layouts.CHAIN, _walk.CHAIN)
    layouts.check("Symbol", layouts.SYMBOL, _records.SYMBOL)
    layouts.check("Sequence", layouts.SEQUENCE, _draw_symbols.SEQUENCE)

FEW: int = _walk.FEW if available else 0
"""Largest number of names that are walked without letting other threads run: some 0.1 ms."""


def walk(  # noqa: PLR0913, PLR0917 - the arguments of the C function
    chain: PackedChain,
    prefix: tuple[int, ...],
    position: int,
    state: int,
    seed: int,
    first: int,
    count: int,
    max_length: int,
) -> EncodedNames:
    """Draw the names of ``markov.sample_batch``, name by name, to the same symbols.

    Args:
        chain: a packed conditioned chain.
        prefix: first symbols of every name.
        position: characters of the prefix.
        state: behind the prefix, of the layer of that position.
        seed: uint64.
        first: row of the first name, >= 0.
        count: names, >= 1.
        max_length: most characters of a name.
    """
    packed = struct.pack(f"{len(prefix)}H", *prefix) if prefix else b""
    names = _walk.walk(chain.raw, seed, first, count, packed, position, state, max_length)
    return np.frombuffer(names, dtype=layouts.SYMBOL_ID)


def write_records(names: EncodedNames, symbols: bytes, header: int) -> bytes:
    """Write encoded names as records: header byte, length as a varint, UTF-8.

    Args:
        names: ends with the end symbol.
        symbols: a ``layouts.SYMBOL`` for each symbol.
        header: byte in front of each length, in [0, 255].
    """
    if names.dtype != layouts.SYMBOL_ID or not names.flags.c_contiguous:
        names = np.ascontiguousarray(names, dtype=layouts.SYMBOL_ID)
    raw: bytes = _records.records(names, symbols, header)
    return raw


def draw_symbols(
    sequences: NDArray[np.void], log_probs: NDArray[np.float32], difference: float, rounding: float
) -> Symbols:
    """Draw the next symbol of each sequence where it is certain, int64 [B]; -1 for the others.

    Args:
        sequences: [B], whose first fields are ``layouts.SEQUENCE``.
        log_probs: of the next symbol, float32 [B, V].
        difference: nats by which each log-probability may be off.
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
