"""Questions about the names of a conditioned chain, answered exactly, however improbable.

Completions below the range of float64 are computed again in logs, when a question first needs them.
"""

import math

import numpy as np

from namesmith.vocabulary import END
from namesmith_server.engine.core import Floats, Reals, States, reserve, unlocked_cached_property
from namesmith_server.engine.markov.backward import (
    backward_message,
    backward_messages,
    log_completions,
)
from namesmith_server.engine.markov.drawable_chain import FLOOR, DrawableChain
from namesmith_server.engine.markov.semirings import LOG, MAX_PLUS, REAL, Semiring

ON_DEMAND = "log_completion", "best"
"""Names of the properties that are computed on demand, each as large as ``completion``."""

LEAST_SQUARED = 1e-100
"""Least probability of a constraint whose names' squared probabilities are summed as plain numbers:
of 10^91 names, the most that there are, the sum is then above 1e-291."""


class ConditionedChain(DrawableChain):
    """A chain from which names are drawn, and about whose names questions are asked."""

    @property
    def size(self) -> int:
        """Most bytes that the chain may hold, with every value that it computes on demand.

        The table is left out, which other chains may share. ``log_completion`` and ``best`` are
        as large as ``completion``.
        """
        return self.drawing_size + len(ON_DEMAND) * self.messages_size

    @property
    def held_size(self) -> int:
        """Number of bytes that the chain holds now, the table left out."""
        computed = sum(name in vars(self) for name in ON_DEMAND)
        return self.drawing_size + computed * self.messages_size

    @property
    def is_possible(self) -> bool:
        """True if a name that is drawn freely can be admitted, prefix included."""
        return self.log_probability > -np.inf

    @property
    def log_probability(self) -> float:
        """Log-probability that a name drawn freely is admitted, prefix and lengths included."""
        behind = self._value(self.completion, self._start)
        after = math.log(behind) if behind >= FLOOR else self._log_completion_at_start
        return (self.prefix_log_prob(self.table.log_probs) if self._prefix else 0.0) + after

    @unlocked_cached_property
    def expected_length(self) -> float:
        """Expected number of characters of an admitted name; 0 where no name is admitted."""
        lengths = np.arange(self.max_length + 1.0)
        behind = self._value(self.completion, self._start)
        if behind >= FLOOR:
            return self._weighed(self._probabilities, REAL, lengths) / behind
        if self._log_completion_at_start == -np.inf:
            return 0.0
        with np.errstate(divide="ignore"):
            weighed = self._weighed(self.table.log_probs, LOG, np.log(lengths))
        return math.exp(weighed - self._log_completion_at_start)

    @property
    def knows_collisions(self) -> bool:
        """True if ``collision_probability`` has been computed."""
        return "collision_probability" in vars(self)

    @unlocked_cached_property
    def collision_probability(self) -> float:
        """Probability that two names, drawn independently, are the same, in (0, 1].

        It is the sum of the squares of the admitted names' probabilities, the prefix given: a chain
        and a DFA have one path for each name, so that the backward pass over squared probabilities
        is the sum over names.

        Raises:
            UnsatisfiableError, TooRareError: no name can be drawn, as ``start`` says.
        """
        self.start(self._prefix)
        place = self._index(self._start)
        behind = self._value(self.completion, self._start)
        reserve(self._probabilities.nbytes)
        if behind >= LEAST_SQUARED:
            squares = np.square(self._probabilities)
            same = backward_message(self.trellis, squares, REAL, self.min_length, place)
            return min(same / behind**2, 1.0)
        doubled = 2 * self.table.log_probs
        same = backward_message(self.trellis, doubled, LOG, self.min_length, place)
        return min(math.exp(same - 2 * math.log(behind)), 1.0)

    @unlocked_cached_property
    def log_completion(self) -> list[Floats]:
        """Natural log of ``completion``, however low; -inf where no name ends well."""
        reserve(self.messages_size)
        logs = self.table.log_probs
        return log_completions(self.trellis, logs, self.completion, self.min_length)

    @unlocked_cached_property
    def best(self) -> list[Floats]:
        """Log-probability of the most probable way to end well, shaped like ``completion``."""
        reserve(self.messages_size)
        logs = self.table.scoring_log_probs
        return backward_messages(self.trellis, logs, MAX_PLUS, self.min_length)

    @property
    def best_at_start(self) -> float:
        """Log-probability of the most probable name, the prefix given."""
        return self._value(self.best, self._start)

    @property
    def start_state(self) -> int:
        """The state behind ``prefix``."""
        return self._start.state

    def prefix_log_prob(self, log_probs: Reals) -> float:
        """Return the sum of the log-probabilities [S, V] of the prefix's symbols."""
        chain, total = self.trellis.chain, 0.0
        state = chain.start
        for symbol in self._prefix:
            total += float(log_probs[state, symbol])
            state = int(chain.successors[chain.rows[state], symbol])
        return total

    def log_probs(self, log_probs: Reals, position: int, states: States) -> Reals:
        """Return the rows [B, V] of log-probabilities [S, V]; -inf where a name must not end."""
        layer = self._layer(position)
        chosen: Reals = log_probs[layer.chain_states[states]]
        ends = layer.may_end[states] * (position >= self.min_length)
        chosen[ends == 0, END] = -np.inf
        return chosen

    @property
    def _log_completion_at_start(self) -> float:
        return self._value(self.log_completion, self._start)

    def _weighed(self, weights: Reals, semiring: Semiring, ends: Floats) -> float:
        """Return the value of the start where names of each length weigh an entry of ``ends``."""
        place = self._index(self._start)
        return backward_message(self.trellis, weights, semiring, self.min_length, place, ends)
