"""Compiled code on the counts of names by cost, which ``numbering`` computes in numpy as well."""

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from namesmith_server.engine.core import EncodedNames, Int32s, Int64s
from namesmith_server.engine.native import layouts
from namesmith_server.engine.native.compiled import _ranks
from namesmith_server.engine.native.layouts import LayerArrays, address

FIELDS = len(layouts.RANKED_LAYER.names or ())


class CountArrays(Protocol):
    """The arrays of the counts of a layer."""

    @property
    def windows(self) -> NDArray[np.void]: ...  # noqa: D102 - as the field
    @property
    def sizes(self) -> Int64s: ...  # noqa: D102
    @property
    def counts(self) -> NDArray[np.uint64]: ...  # noqa: D102


def lower_ways(
    layer: LayerArrays,
    costs: NDArray[np.uint16],
    ways: Int32s,
    following: Int32s,
    part: slice,
) -> None:
    """Lower the cost of the cheapest way to each state of the next layer; -1 is no way.

    Args:
        layer: layer of the trellis.
        costs: cost of each symbol in each state of the chain, [S, V].
        ways: cost of the cheapest way to each state of the layer, [N].
        following: the same of the next layer, as far as it is known.
        part: states whose steps are tried.
    """
    packed = np.zeros((), dtype=layouts.RANKED_LAYER)
    packed["chain_states"] = address(layer.chain_states, np.int32)
    packed["rows"], packed["after"] = address(layer.rows, np.int32), address(layer.after, np.int32)
    _ranks.go_on(
        *(address(packed), address(costs, np.uint16), costs.shape[1]),
        *(address(ways, np.int32), address(following, np.int32), part.start, part.stop),
    )


class RankTable:
    """The counts of names by cost, for compiled code.

    Attributes:
        length: number of the trellis's layers.
    """

    def __init__(  # noqa: PLR0913 - the fields of the struct
        self,
        *,
        layers: Sequence[LayerArrays],
        counts: Sequence[CountArrays],
        costs: NDArray[np.uint16],
        order: NDArray[np.uint16],
        first: int,
        min_length: int,
        bound: int,
    ) -> None:
        """Pack the arrays.

        Args:
            layers: layers of the trellis.
            counts: counts of each layer, and of a layer behind the last.
            costs: cost of each symbol in each state of the chain, [S, V].
            order: symbols of each state, the cheapest first, [S, V].
            first: number of characters of the names of the first layer.
            min_length: fewest characters of a name.
            bound: largest cost that is counted.
        """
        self.length = len(layers)
        table = np.zeros(self.length + 1, dtype=layouts.RANKED_LAYER)
        for i, counted in enumerate(counts):
            own: list[NDArray[Any]] = [counted.windows, counted.sizes, counted.counts]
            if i < self.length:
                layer = layers[i]
                own = [layer.chain_states, layer.may_end, layer.rows, layer.after, *own]
            table[i] = (*(0,) * (FIELDS - len(own)), *map(address, own))
        self._ranks = np.zeros((), dtype=layouts.RANKS)
        addresses = address(table), address(costs, np.uint16), address(order, np.uint16)
        self._ranks[...] = (*addresses, costs.shape[1], self.length, first, min_length, bound)
        self._held = table, layers, counts, costs, order

    def count(self, layer: int, part: slice) -> None:
        """Compute the counts of some states of a layer, those of the next layer being there."""
        _ranks.count(address(self._ranks), layer, part.start, part.stop)

    def unrank(self, prefix: tuple[int, ...], costs: Int64s, within: Int64s) -> EncodedNames:
        """Return the names [B] of a cost and a rank among the names of that cost."""
        start = np.array(prefix, dtype=layouts.SYMBOL_ID)
        names = np.empty(len(costs) * (len(prefix) + self.length + 1), dtype=layouts.SYMBOL_ID)
        size = _ranks.unrank(
            *(address(self._ranks), address(costs, np.int64), address(within, np.int64)),
            *(len(costs), address(start), len(start), address(names)),
        )
        return names[:size]

    def rank(self, rows: Int64s) -> tuple[Int64s, Int64s]:
        """Return each name's cost, or -1, and its rank among the names of that cost, [B].

        Args:
            rows: symbols behind the prefix, padded with the end symbol, int64 [B, length].
        """
        costs, within = np.empty(len(rows), np.int64), np.empty(len(rows), np.int64)
        _ranks.rank(
            *(address(self._ranks), address(rows, np.int64), len(rows)),
            *(address(costs), address(within)),
        )
        return costs, within
