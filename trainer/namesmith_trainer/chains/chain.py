"""``Chain``: a model whose states are contexts of different lengths.

The state after a history is the longest of its suffixes that is a context of the chain:

    contexts     ()  (0,)  (a,)  (b,)  (0, b)  (b, a)
    history      ^   b       a         b            a
    state      (0,)  (0, b)  (b, a)    (b,)         (b, a)

"^" is the boundary in front of a name, symbol 0. A state without longer contexts behind it goes
where its own longest suffix goes, and shares the row of successors of that suffix.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from namesmith.vocabulary import END
from namesmith_trainer.chains.arrays import Integers, Reals
from namesmith_trainer.chains.successors import Successors

Context = tuple[int, ...]
"""Symbols of a context, oldest first."""

SUM_ERROR = 1e-6
"""Largest difference from 1 of the sum of a state's probabilities."""

LONGEST = 10_000
"""Largest number of symbols of a name in the sum of visits."""

LEFT = 1e-12
"""Share of names still going on at which the sum of visits ends."""


@dataclass(frozen=True, eq=False)
class Chain:
    """A chain; every state can be reached from the start.

    Attributes:
        contexts: context of each state, shorter contexts first, then in lexicographic order.
        log_probs: natural log of P(next symbol | state), float32 [S, V].
        rows: row of ``successors`` of each state, int32 [S].
        successors: state after each symbol, int32 [R, V]; after the end symbol it is the start.
        start: state before the first symbol of a name.
    """

    contexts: list[Context]
    log_probs: NDArray[np.float32]
    rows: NDArray[np.int32]
    successors: NDArray[np.int32]
    start: int

    @classmethod
    def from_contexts(cls, contexts: Sequence[Context], probabilities: Reals) -> Self:
        """Build the chain of some contexts; contexts that no history can reach are left out.

        Args:
            contexts: distinct contexts, in any order: with a context stand all its suffixes, down
                to the empty context. Symbol 0 is the boundary in front of a name and stands in
                front alone: (0, 1, 2) is the beginning of the names that begin with symbols 1, 2.
            probabilities: P(next symbol | context), float64 [S, V], each row with the sum 1.

        Raises:
            ValueError: a context stands twice, lacks a suffix, has a symbol out of range or a
                boundary behind another symbol; or a row of probabilities has another sum.
        """
        if not (np.abs(probabilities.sum(1) - 1) <= SUM_ERROR).all():
            raise ValueError("the probabilities of a context do not sum to 1")
        built = Successors.of(contexts, probabilities.shape[1])
        with np.errstate(divide="ignore"):
            log_probs = np.log(probabilities[built.contexts]).astype(np.float32)
        return cls(
            contexts=[contexts[i] for i in built.contexts.tolist()],
            log_probs=log_probs,
            rows=built.rows.astype(np.int32),
            successors=built.table.astype(np.int32),
            start=built.start,
        )

    @property
    def vocab_size(self) -> int:
        """Number of symbols V."""
        return int(self.log_probs.shape[1])

    @property
    def order(self) -> int:
        """Number of symbols of the longest context."""
        return len(self.contexts[-1])

    @property
    def states_by_length(self) -> list[int]:
        """Number of states whose context has each number of symbols, from 0 symbols on."""
        lengths = Counter(len(context) for context in self.contexts)
        return [lengths[length] for length in range(self.order + 1)]

    def states_of(self, histories: Integers) -> NDArray[np.int32]:
        """Return the state after each history, int32 [N].

        Args:
            histories: symbols before the next one, oldest first, padded with 0 in front, [N, L];
                L is at least the chain's order, unless the histories are whole.
        """
        states = np.full(len(histories), self.start, np.int32)
        for symbols in histories.T:
            states = self.successors[self.rows[states], symbols]
        return states

    def target_log_probs(self, histories: Integers, targets: Integers) -> Reals:
        """Return log P(target | history) of each symbol, float64 [N].

        Args:
            histories: as in ``states_of``, [N, L].
            targets: next symbol of each history, [N].
        """
        return self.log_probs[self.states_of(histories), targets].astype(np.float64)

    def loss(self, histories: Integers, targets: Integers) -> float:
        """Return the mean negative log-probability of the targets, in nats."""
        return -float(self.target_log_probs(histories, targets).mean())

    def visits(self) -> Reals:
        """Return how often a name passes through each state, in expectation: float64 [S].

        The visits before symbol k follow from the visits before symbol k - 1; the sum ends when
        less than 1e-12 of the names is left, and the start is counted once a name.
        """
        going = np.exp(self.log_probs, dtype=np.float64)
        going[:, END] = 0.0
        targets = self.successors[self.rows].ravel()
        now: Reals = np.zeros(len(self.rows))
        now[self.start] = 1.0
        total = now.copy()
        for _ in range(LONGEST):
            flow = (now[:, None] * going).ravel()
            now = np.bincount(targets, flow, len(now)).astype(np.float64)
            total += now
            if now.sum() < LEFT:
                break
        return total
