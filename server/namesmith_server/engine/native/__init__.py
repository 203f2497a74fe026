"""The compiled code, loaded and checked in one module.

Where the package was built without a C compiler, ``available`` is False and the engine works in
numpy, with the same results and more slowly. The layouts that C and numpy share are compared at
import: compiled code of another version is refused, not run.
"""

import struct
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from namesmith_server.engine.core import EncodedNames, Floats, Reals, Symbols
from namesmith_server.engine.native import layouts, surprisal
from namesmith_server.engine.native.layouts import LayerArrays, PackedChain, address
from namesmith_server.engine.native.rank_table import RankTable, lower_ways

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

Numbers = NDArray[np.int32]

try:
    from namesmith_server.engine.native import (  # type: ignore[attr-defined]
        _draw_symbols,
        _memo,
        _pairs,
        _passes,
        _product,
        _ranks,
        _records,
        _surprisal,  # noqa: F401 - of the module ``surprisal``
        _variants,
        _walk,
    )
except ImportError:
    available = False
    """True if the compiled code is there; without it, the functions below must not be called."""
else:
    available = True
    layouts.check("Layer", layouts.LAYER, getattr(_walk, "LAYER", None))
    layouts.check("Chain", layouts.CHAIN, getattr(_walk, "CHAIN", None))
    layouts.check("Symbol", layouts.SYMBOL, getattr(_records, "SYMBOL", None))
    layouts.check("Sequence", layouts.SEQUENCE, getattr(_draw_symbols, "SEQUENCE", None))
    layouts.check("RankedLayer", layouts.RANKED_LAYER, getattr(_ranks, "RANKED_LAYER", None))
    layouts.check("Ranks", layouts.RANKS, getattr(_ranks, "RANKS", None))
    layouts.check("Index", layouts.VARIANTS, getattr(_variants, "VARIANTS", None))
    layouts.check("Memo", layouts.MEMO, getattr(_memo, "MEMO", None))
    layouts.check("Product", layouts.PRODUCT, getattr(_product, "PRODUCT", None))

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
    rows: NDArray[np.int32],
    successors: NDArray[np.int32],
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


class MemoTable:
    """The distributions of some contexts, found by the whole context; used by a thread at a time.

    Attributes:
        rows: distributions by their entries, [capacity, V].
        size: number of bytes that the table holds when it is full; fewer are touched before.
    """

    def __init__(
        self, capacity: int, block_size: int, vocab_size: int, precision: type[np.floating]
    ) -> None:
        """Set the number of distributions that are held, and their sizes."""
        slots = 1 << (2 * capacity - 1).bit_length()
        self._index = np.zeros(slots, dtype=np.int32)
        self._keys = np.empty((capacity, block_size), dtype=np.uint16)
        self.rows = np.empty((capacity, vocab_size), dtype=precision)
        self.size = self._index.nbytes + self._keys.nbytes + self.rows.nbytes
        self._table = np.zeros((), dtype=layouts.MEMO)
        self._table["index"], self._table["keys"] = address(self._index), address(self._keys)
        self._table["rows"], self._table["row_bytes"] = address(self.rows), self.rows[0].nbytes
        self._table["mask"], self._table["capacity"] = slots - 1, capacity
        self._table["block_size"] = block_size

    @staticmethod
    def bytes_of_one(block_size: int, vocab_size: int, precision: type[np.floating]) -> int:
        """Return the most bytes that a distribution takes, with its context and its index."""
        return vocab_size * np.dtype(precision).itemsize + 2 * block_size + 4 * 4

    def find(self, contexts: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the entry of each context, [B, L] -> int64 [B]; -1 where it is unknown."""
        entries = np.empty(len(contexts), dtype=np.int64)
        where = address(contexts, np.int64), len(contexts), address(entries)
        _memo.find(address(self._table), *where)
        return entries

    def store(self, contexts: NDArray[np.int64], rows: NDArray[np.floating]) -> None:
        """Hold the distributions [B, V] of contexts [B, L], in place of older ones."""
        rows = np.ascontiguousarray(rows, dtype=self.rows.dtype)
        _memo.store(address(self._table), address(contexts, np.int64), address(rows), len(contexts))

    def walk(
        self,
        sequences: NDArray[np.void],
        places: NDArray[np.int64],
        difference: float,
        rounding: float,
    ) -> None:
        """Append symbols to some sequences as long as the table knows their contexts.

        A sequence stops where it ends, or where its draw is uncertain.

        Args:
            sequences: sequences, whose first fields are ``layouts.SEQUENCE``.
            places: places of simple sequences, [N]: no setting truncates, and none has a chain.
            difference: bound on the error of each log-probability, nats.
            rounding: bound on the rounding error of a cumulative probability.
        """
        fields: Mapping[str, tuple[Any, ...]] = sequences.dtype.fields or {}
        _memo.walk(
            address(self._table),
            *(sequences.ctypes.data, sequences.strides[0]),
            *(fields["context"][1], fields["symbols"][1]),
            *(address(places, np.int64), len(places), difference, rounding),
        )


class PairMarks:
    """Finds the distinct pairs of a number and a DFA's state, as ``markov.pairs`` does in numpy.

    Each source has a number and a DFA's state. It has one pair, of the number's entry in ``table``
    and the same state; or, with ``moves``, a pair behind each symbol, of the entry in the number's
    row of ``table`` and the state after the symbol.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - the arguments of the C functions
        self,
        tree: int,
        free: int,
        bound: int,
        others: Numbers,
        states: Numbers,
        table: Numbers,
        moves: Numbers | None,
    ) -> None:
        """Clear the marks.

        Args:
            tree: number of the DFA's states in its trie.
            free: number of the DFA's other states.
            bound: bound on the keys.
            others: number of each source, int32 [B].
            states: the DFA's state of each source, int32 [B].
            table: an entry for each number, int32 [S], or for each number and symbol, [R, V].
            moves: the DFA's state after each state and symbol, or -1, int32 [Q, V]; None: each
                source has one pair.
        """
        words = bound // 64 + 1
        self._bits = np.zeros(words, dtype=np.uint64)
        self._counts = np.empty(words, dtype=np.uint32)
        self._held = others, states, table, moves
        self._keys = address(self._bits), address(self._counts), tree, free
        sources = address(others, np.int32), address(states, np.int32)
        entries = address(table, np.int32)
        if moves is None:
            self._sources = *sources, entries, 0, 0, 1
            self._mark, self._number = _pairs.mark_rows, _pairs.number_rows
        else:
            self._sources = *sources, 0, entries, address(moves, np.int32), moves.shape[1]
            self._mark, self._number = _pairs.mark_successors, _pairs.number_successors

    def mark(self, part: slice) -> None:
        """Mark the keys of the pairs of a part of the sources."""
        self._mark(*self._keys, *self._sources, 0, 0, 0, part.start, part.stop)

    def count(self) -> int:
        """Count the distinct pairs, once all are marked."""
        total: int = _pairs.count(*self._keys[:2], len(self._bits))
        return total

    def number(self, part: slice, indices: Numbers, others: Numbers, states: Numbers) -> None:
        """Write the indices of the pairs of a part of the sources, and the distinct pairs.

        Args:
            part: sources whose pairs are numbered, once all are marked and counted.
            indices: array for the index of each pair, or -1, int32 [B] or [B, V].
            others: array for the number of each distinct pair, int32 [D].
            states: array for the DFA's state of each distinct pair, int32 [D].
        """
        found = (address(array, np.int32) for array in (indices, others, states))
        self._number(*self._keys, *self._sources, *found, part.start, part.stop)


class VariantIndex:
    """The variants of a list of names, as ``constraints.Neighbourhood`` looks them up in numpy."""

    def __init__(  # noqa: PLR0913, PLR0917 - the fields of the struct
        self,
        edits: int,
        keys: NDArray[np.uint64],
        owners: Numbers,
        names: EncodedNames,
        starts: NDArray[np.int64],
        lengths: NDArray[np.int64],
    ) -> None:
        """Set the list.

        Args:
            edits: largest distance of a near name, 1 or 2.
            keys: variants of all names, sorted, uint64 [E].
            owners: the name of each variant, int32 [E].
            names: symbols of all names.
            starts: first place of each name, int64 [names].
            lengths: length of each name, int64 [names].
        """
        bits = max(len(keys).bit_length(), 1)
        firsts = np.arange((1 << bits) + 1, dtype=np.float64) * 2.0 ** (64 - bits)
        buckets = np.append(np.searchsorted(keys, firsts[:-1].astype(np.uint64)), len(keys))
        symbols = np.ascontiguousarray(names, dtype=layouts.SYMBOL_ID)
        arrays = keys, owners, buckets.astype(np.int64), symbols, starts, lengths
        self._held = arrays
        fields = (*(address(array) for array in arrays), bits, edits)
        self._index = np.array(fields, dtype=layouts.VARIANTS)

    def holds(
        self, names: EncodedNames, starts: NDArray[np.int64], lengths: NDArray[np.int64]
    ) -> NDArray[np.bool_]:
        """Return whether each name, given by its place and its length, is near: bool [B]."""
        symbols = np.ascontiguousarray(names, dtype=layouts.SYMBOL_ID)
        held = np.empty(len(starts), dtype=bool)
        _variants.holds(
            *(address(self._index), address(symbols), address(starts, np.int64)),
            *(address(lengths, np.int64), len(starts), address(held)),
        )
        return held


class ProductTable:
    """The reachable pairs of the states of two machines, as ``constraints.product`` finds them.

    Attributes:
        lefts: left state of each pair, int32 [most].
        rights: right state of each pair, int32 [most].
        rows: row of ``after`` for each pair, int32 [most].
        after: pair after each row and symbol, or -1, int32 [most, V].
    """

    def __init__(
        self, left_rows: Numbers, left: Numbers, right: Numbers, start: tuple[int, int], most: int
    ) -> None:
        """Set the machines, the pair that the others are reached from, and the room for pairs.

        Args:
            left_rows: row of ``left`` for each left state, int32 [S].
            left: left state after each row and symbol, or -1, int32 [R, V].
            right: right state after each state and symbol, or -1, int32 [Q, V].
            start: left and right state of the first pair.
            most: largest number of pairs, >= 1.
        """
        size, slots = left.shape[1], 1 << (2 * most - 1).bit_length()
        self.lefts, self.rights, self.rows, firsts = (
            np.empty(most, dtype=np.int32) for _ in range(4)
        )
        self.after = np.empty((most, size), dtype=np.int32)
        pair_slots, row_slots = (np.full(slots, -1, dtype=np.int32) for _ in range(2))
        arrays = (left_rows, left, right, self.lefts, self.rights, self.rows, self.after)
        self._held = *arrays, firsts, pair_slots, row_slots
        names = layouts.PRODUCT.names or ()
        self._table = np.zeros((), dtype=layouts.PRODUCT)
        for name, array in zip(names, self._held, strict=False):
            self._table[name] = address(array, np.int32)
        self._table["size"], self._table["mask"] = size, slots - 1
        self._table["most_pairs"] = self._table["most_rows"] = most
        _product.begin(address(self._table), *start)

    @property
    def pairs(self) -> int:
        """Number of pairs so far."""
        return int(self._table["pairs"])

    @property
    def shared(self) -> int:
        """Number of rows so far."""
        return int(self._table["shared"])

    @property
    def is_complete(self) -> bool:
        """True if every pair has a row."""
        return bool(self._table["examined"] == self._table["pairs"])

    def expand(self, count: int) -> bool:
        """Find the rows of up to ``count`` pairs more; return whether there was room for pairs."""
        fits: bool = _product.expand(address(self._table), count)
        return fits
