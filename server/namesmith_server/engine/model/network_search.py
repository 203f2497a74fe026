"""The facts about a network's names that best-first search finds, exactly and without draws."""

import math
from typing import NamedTuple

from namesmith.limits import MAX_COUNTED_NAMES
from namesmith_server.backends.base import Contexts, LogProbs, check_numbers
from namesmith_server.engine.batching import CanonicalLogProbs
from namesmith_server.engine.constraints import BoundedDfa, ConstraintCompiler, NameFilter
from namesmith_server.engine.distributions import Sampling, truncates
from namesmith_server.engine.errors import UnsatisfiableError
from namesmith_server.engine.request import Constraint
from namesmith_server.engine.search import Found, NextSymbols, count_above, most_probable

FEW = 10_000
"""Largest number of names whose probabilities are added instead of estimated."""


class Searched(NamedTuple):
    """The facts about a constraint that are known without drawing names.

    Attributes:
        name_filter: test of the constraint's content.
        names: number of names that are admitted, those within its margin included.
        prefix: probability that a name begins with the constraint's prefix, in [0, 1].
        above: number of names above the floor, up to MAX_COUNTED_NAMES + 1; None without a floor.
        budget_ended: whether the count ended with the budget of its search.
        listed: all names of positive probability, where they are few; None where they may be many.
    """

    name_filter: NameFilter
    names: float
    prefix: float
    above: int | None = None
    budget_ended: bool = False
    listed: Found | None = None


class NetworkSearch:
    """Searches a network's names; called in threads that take turns."""

    def __init__(
        self, canonical: CanonicalLogProbs, block_size: int, compiler: ConstraintCompiler
    ) -> None:
        """Set the canonical form, the symbols of a context, and the compiler of constraints."""
        self._canonical = canonical
        self._block_size = block_size
        self._compiler = compiler

    def top(self, count: int, sampling: Sampling, constraint: Constraint) -> Found:
        """Find the most probable names.

        Raises:
            UnsatisfiableError: no name satisfies the constraint.
        """
        prefix, min_length, max_length, content = constraint
        dfa, near = self._compiler.name_filter(content, max_length)
        admitted = BoundedDfa(dfa, prefix, min_length, max_length)
        if not admitted.count(1):
            raise UnsatisfiableError
        found = most_probable(self._next_symbols(sampling), admitted, count, near)
        if not len(found.names) and not found.budget_ended:
            raise UnsatisfiableError
        return found

    def facts(self, sampling: Sampling, constraint: Constraint, floor: float | None) -> Searched:
        """Find the facts about a constraint that need no draws."""
        prefix, min_length, max_length, content = constraint
        model = self._next_symbols(sampling)
        name_filter = self._compiler.name_filter(content, max_length)
        admitted = BoundedDfa(name_filter.dfa, prefix, min_length, max_length)
        log_prob = model.prefix_log_prob(prefix)
        names = admitted.count() if log_prob > -math.inf else 0.0
        searched = Searched(name_filter, names, math.exp(log_prob))
        if 0 < names <= FEW or truncates(sampling):
            listed = most_probable(model, admitted, FEW + 1, name_filter.near)
            if not listed.budget_ended and len(listed.names) <= FEW:
                searched = searched._replace(names=float(len(listed.names)), listed=listed)
        if floor is not None:
            above, budget_ended = count_above(
                model, admitted, floor, MAX_COUNTED_NAMES, name_filter.near
            )
            searched = searched._replace(above=above, budget_ended=budget_ended)
        return searched

    def _next_symbols(self, sampling: Sampling) -> NextSymbols:
        return NextSymbols(self._log_probs, self._block_size, sampling)

    def _log_probs(self, contexts: Contexts) -> LogProbs:
        """Ask the canonical form; raise BackendError where it answers not-a-number."""
        log_probs = self._canonical(contexts)
        check_numbers(log_probs)
        return log_probs
