"""The compiler of constraints: the constraints on a name's characters become one DFA."""

import numpy as np
from cachetools import LRUCache

from namesmith.vocabulary import Vocabulary
from namesmith_server.engine.constraints.dfa import Dfa, anything
from namesmith_server.engine.constraints.dfa_algebra import excluding, intersection, trim
from namesmith_server.engine.constraints.kinds import ContentConstraint, Novel
from namesmith_server.engine.constraints.name_filter import NameFilter
from namesmith_server.engine.constraints.neighbourhood import Neighbourhood
from namesmith_server.engine.core import EncodedNames, name_places, unlocked_cached_property

CACHED_BYTES = 8 << 20
"""Largest number of bytes of the DFAs of single constraints that are kept: that of 10,000 excluded
texts. A larger one is kept alone."""


class ConstraintCompiler:
    """Compiles the constraints of one model."""

    def __init__(self, vocabulary: Vocabulary, training: EncodedNames) -> None:
        """Set the model's vocabulary and its training split, whose names are not novel."""
        self._vocabulary = vocabulary
        self._training = training
        self._dfas = LRUCache[ContentConstraint, Dfa](
            CACHED_BYTES, getsizeof=lambda dfa: min(dfa.table.nbytes, CACHED_BYTES)
        )
        self._neighbourhoods: dict[int, Neighbourhood] = {}

    def compile(self, content: tuple[ContentConstraint, ...], max_length: int) -> Dfa:
        """Return the DFA of the names that all constraints admit, of at most ``max_length``.

        Constraints with a margin are left out: ``neighbourhood`` has the names that they exclude.

        Raises:
            PatternError: a pattern is malformed, or costs too much.
            TooComplexError: the constraints together need too many states.
        """
        if content == (Novel(),):
            return self._novel
        dfas = [dfa for one in content if (dfa := self._dfa(one)) is not None]
        dfas.sort(key=lambda dfa: len(dfa.table))  # the smallest products first
        whole = dfas[0] if dfas else anything(len(self._vocabulary))
        for dfa in dfas[1:]:
            whole = trim(intersection(whole, dfa), max_length)
        whole = trim(whole, max_length)
        excluded = [names for one in content if (names := one.excluded(self.training)) is not None]
        if excluded:
            whole = trim(excluding(whole, np.concatenate(excluded)), max_length)
        return whole

    def neighbourhood(self, content: tuple[ContentConstraint, ...]) -> Neighbourhood | None:
        """Return the names within the margin of the content, which is kept; None: it has none."""
        margin = max((one.margin() for one in content), default=0)
        if margin and margin not in self._neighbourhoods:
            self._neighbourhoods[margin] = Neighbourhood(self.training, margin)
        return self._neighbourhoods.get(margin)

    def name_filter(self, content: tuple[ContentConstraint, ...], max_length: int) -> NameFilter:
        """Return the test of all constraints; raise the errors of ``compile``."""
        return NameFilter(self.compile(content, max_length), self.neighbourhood(content))

    @unlocked_cached_property
    def training(self) -> EncodedNames:
        """The distinct names of the training split, in the order of their first appearances."""
        symbols = self._training.tolist()
        places = zip(*(array.tolist() for array in name_places(self._training)), strict=True)
        words = dict.fromkeys(tuple(symbols[at : at + length + 1]) for at, length in places)
        return np.array([symbol for word in words for symbol in word], dtype=np.int64)

    @unlocked_cached_property
    def _novel(self) -> Dfa:
        return excluding(anything(len(self._vocabulary)), self.training)

    def _dfa(self, constraint: ContentConstraint) -> Dfa | None:
        dfa = self._dfas.get(constraint)
        if dfa is None:
            dfa = constraint.dfa(self._vocabulary)
            if dfa is not None:
                self._dfas[constraint] = dfa
        return dfa
