"""Best-first search: the most probable names of any model, exactly, or the number above a floor.

A prefix is at least as probable as every name behind it. The search keeps the prefixes that it has
not expanded, its *frontier*, and expands the most probable ones, many at a time: it asks the model
for their next symbols. A name that is more probable than every prefix of the frontier is *certain*:
nothing better can be found any more.

      ""  1
      +-- "m" .30 --+-- "ma" .20 --+-- "mar" .12        frontier: "mar", "an", "mi"
      |             '-- "mi" .04   '-- "ma."  .015      found:    "ma.", certain once no prefix
      '-- "a" .25 ----- "an" .13                                  of the frontier is above .015

Prefixes behind which the DFA and the lengths admit no name are never expanded, nor, once as many
names are found as are wanted, the ones that are less probable than all of them. Which prefixes are
expanded together changes no answer. The order of names, and of equal ones, is that of
``markov.beam_search``.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from namesmith.limits import MAX_EXPANDED_PREFIXES
from namesmith.vocabulary import END
from namesmith_server.engine.constraints import DEAD, BoundedDfa, Neighbourhood
from namesmith_server.engine.core import Floats, checkpoint, packed_rows, reserve
from namesmith_server.engine.distributions import nats
from namesmith_server.engine.search.next_symbols import NextSymbols
from namesmith_server.engine.search.prefix_tree import NODE_BYTES, PrefixTree
from namesmith_server.engine.search.prefixes import PREFIX_BYTES, Prefixes

FIRST_BATCH = 32
"""Number of prefixes that are expanded together at first."""

GROWTH = 4
"""Ratio of the number of prefixes expanded so far to the number of the next ones together."""

MAX_CELLS = 1 << 17
"""Largest product of prefixes that are expanded together and vocabulary size."""

COPIES = 3
"""Number of arrays of prefixes that are held at once: as they were, new, and joined."""

CELL_BYTES = 64
"""Number of bytes that a next symbol of a prefix takes while the prefix is expanded."""

LARGEST_SEARCH = (
    CELL_BYTES * MAX_CELLS
    + NODE_BYTES * MAX_EXPANDED_PREFIXES
    + (COPIES * PREFIX_BYTES * (2 * MAX_EXPANDED_PREFIXES + MAX_CELLS))
)
"""Most bytes that a search holds, its DFA left out."""


class Found(NamedTuple):
    """The most probable names, the most probable first.

    Attributes:
        names: symbols of each name, padded with end symbols, [N, max_length + 1]; names of equal
            rounded log-probabilities in the order of their symbols.
        log_probs: natural log of the probability that a name drawn freely under the sampling is
            this name, float64 [N].
        budget_ended: whether the search ended with its budget, and further names may be as probable
            as these.
    """

    names: NDArray[np.int32]
    log_probs: Floats
    budget_ended: bool


def most_probable(
    model: NextSymbols, admitted: BoundedDfa, count: int, near: Neighbourhood | None = None
) -> Found:
    """Find the ``count`` most probable of the admitted names, or all if they are fewer.

    Names that are ``near`` are left out, which are tried once they are found. Where the
    budget ends before, the names that are certain by then are found.
    """
    search = Search(model, admitted, count, near=near)
    while search.is_going:
        search.advance()
    return search.certain()


def count_above(
    model: NextSymbols,
    admitted: BoundedDfa,
    floor: float,
    most: int,
    near: Neighbourhood | None = None,
) -> tuple[int, bool]:
    """Count the admitted names of log-probability >= ``floor``, drawn freely, up to ``most`` + 1.

    Names that are ``near`` do not count. Return the count, and whether the search ended
    with its budget: there may be more names then.
    """
    search = Search(model, admitted, most + 1, floor, near)
    while search.is_going and len(search.found.log_probs) <= most:
        search.advance()
    count = min(len(search.found.log_probs), most + 1)
    return count, count <= most and search.has_more


class Search:
    """A search in progress.

    Attributes:
        found: names found so far, without the ones that are certainly not wanted.
    """

    def __init__(
        self,
        model: NextSymbols,
        admitted: BoundedDfa,
        wanted: int,
        floor: float = -np.inf,
        near: Neighbourhood | None = None,
    ) -> None:
        """Begin behind the constraint's prefix.

        Args:
            model: model and sampling.
            admitted: names that are admitted.
            wanted: number of most probable names to find, >= 1.
            floor: least natural log-probability of a name, drawn freely under the sampling.
            near: names that are left out; None: none are.
        """
        self._model = model
        self._admitted = admitted
        self._wanted = wanted
        self._floor = floor
        self._near = near
        self._left = MAX_EXPANDED_PREFIXES
        self._batch = max(MAX_CELLS // admitted.vocab_size, 1)
        self._held = 0
        self._reserve(MAX_CELLS * CELL_BYTES)
        self._tree = PrefixTree(MAX_EXPANDED_PREFIXES + len(admitted.prefix) + 1)
        self._prefix_log_prob = model.prefix_log_prob(admitted.prefix)
        self._frontier = self._root()
        self.found = self._frontier.select(np.zeros(0, dtype=np.intp))
        self._least = -np.inf  # least key of a name that may be wanted

    @property
    def has_more(self) -> bool:
        """True if wanted names may stand behind prefixes that are not expanded."""
        return len(self._frontier.log_probs) > 0

    @property
    def is_going(self) -> bool:
        """True if there are prefixes to expand, and the budget allows it."""
        return self.has_more and self._left > 0

    def advance(self) -> None:
        """Expand the most probable prefixes."""
        checkpoint()
        spent = MAX_EXPANDED_PREFIXES - self._left
        chosen = self._frontier.best(
            min(max(FIRST_BATCH, spent // GROWTH), self._batch, self._left)
        )
        expanded = self._frontier.select(chosen)
        self._left -= len(expanded.log_probs)
        ended, onward = self._expand(expanded)
        if self._near is not None:
            rows = self._tree.rows(ended.parents, self._admitted.max_length)
            ended = ended.select(~self._near.holds(packed_rows(rows)))
        self.found = self.found.joined(ended)
        self._frontier = self._frontier.select(~chosen).joined(onward)
        self._reserve(COPIES * (self.found.size + self._frontier.size) + MAX_CELLS * CELL_BYTES)
        self._prune()

    def certain(self) -> Found:
        """Return the wanted names that are certain, in their order."""
        rows = self._tree.rows(self.found.parents, self._admitted.max_length)
        keys = self.found.keys
        order = np.lexsort((*rows.T[::-1], -keys))[: self._wanted]
        if self.has_more:
            order = order[keys[order] > self._frontier.keys.max()]
        log_probs = nats(self.found.log_probs[order] + self._prefix_log_prob, self._model.sampling)
        return Found(rows[order], log_probs, self.has_more)

    def _root(self) -> Prefixes:
        """Return the constraint's prefix; nothing where no name that is drawn begins with it."""
        node, last = np.zeros(1, dtype=np.int32), END
        for symbol in self._admitted.prefix:
            node, last = self._tree.add(node, np.array([last])), symbol
        numbers = last, self._admitted.start, len(self._admitted.prefix)
        root = Prefixes(np.zeros(1), node, *(np.full(1, one, dtype=np.int32) for one in numbers))
        alive = self._admitted.start != DEAD and self._prefix_log_prob > -np.inf
        return root.select(np.full(1, alive))

    def _expand(self, prefixes: Prefixes) -> tuple[Prefixes, Prefixes]:
        """Return the names that end behind some prefixes, and the prefixes longer by a symbol."""
        nodes = self._tree.add(prefixes.parents, prefixes.symbols)
        log_probs = self._model.log_probs(self._tree.contexts(nodes, self._model.block_size))
        log_probs += prefixes.log_probs[:, None]
        states = self._admitted.onward(prefixes.states, prefixes.lengths)
        states[:, END] = self._admitted.may_end(prefixes.states, prefixes.lengths) - 1  # 0 or DEAD
        log_probs[states == DEAD] = -np.inf
        places, symbols = np.nonzero(self._is_wanted(log_probs))
        grown = Prefixes(
            log_probs[places, symbols],
            nodes[places],
            symbols.astype(np.int32),
            states[places, symbols],
            prefixes.lengths[places] + np.int32(1),
        )
        return grown.select(symbols == END), grown.select(symbols != END)

    def _is_wanted(self, log_probs: Floats) -> NDArray[np.bool_]:
        """Return whether wanted names may have at most these log-probabilities, bool [B, V]."""
        wanted: NDArray[np.bool_] = log_probs > -np.inf
        if self._floor > -np.inf:
            freely = nats(log_probs + self._prefix_log_prob, self._model.sampling)
            wanted &= freely >= self._floor
        return wanted

    def _prune(self) -> None:
        """Drop names that are not wanted, and prefixes that no wanted name can begin with."""
        if len(self.found.log_probs) > self._wanted:
            keys = self.found.keys
            self._least = np.partition(keys, -self._wanted)[-self._wanted]
            self.found = self.found.select(keys >= self._least)
        elif len(self.found.log_probs) == self._wanted:
            self._least = self.found.keys.min()
        if self._least > -np.inf:
            self._frontier = self._frontier.select(self._frontier.keys >= self._least)
        # All that the budget can expand, and one more, which tells that it ended.
        if len(self._frontier.log_probs) > self._left + 1:
            self._frontier = self._frontier.select(self._frontier.best(self._left + 1))

    def _reserve(self, size: int) -> None:
        """Tell that the search holds ``size`` bytes by now."""
        if size > self._held:
            reserve(size - self._held)
            self._held = size
