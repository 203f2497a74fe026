"""The compiled code, loaded and checked in one module.

Where the package was built without a C compiler, ``available`` is False and the engine works in
numpy, with the same results and more slowly. The layouts that C and numpy share are compared at
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
    """True if the compiled code is there; without it, the functions below must not be called."""
else:
    available = True
    layouts.check("Layer", layouts.LAYER, getattr(_walk, "LAYER", None))
    layouts.check("Chain", layouts.CHAIN, getattr(_walk, "CHAIN", None))
    layouts.check("Symbol", layouts.SYMBOL, getattr(_records, "SYMBOL", None))
    layouts.check("Sequence", layouts.SEQUENCE, getattr(_draw_symbols, "SEQUENCE", None))

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
    """
    packed = struct.pack(f"{len(prefix)}H", *prefix) if prefix else b""
    names = _walk.walk(chain.raw, seed, first, count, packed, position, state, max_length)
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
