"""The search for the names of one request: which candidates are drawn next, and which accepted."""

import numpy as np
from numpy.typing import NDArray

from namesmith.limits import MAX_REJECTED_IN_A_ROW
from namesmith_server.engine.batching import Candidates
from namesmith_server.engine.constraints import BoundedDfa, ConstraintCompiler, NameFilter
from namesmith_server.engine.core import EncodedNames, chosen_names, name_count, split_names
from namesmith_server.engine.errors import GaveUpError, UnsatisfiableError
from namesmith_server.engine.request import GenerateRequest

MAX_CANDIDATES = 1_024
"""Largest number of candidates that are drawn together, or the number of names that are looked for,
where that is larger: each candidate takes memory until the last one has ended."""

MIN_CANDIDATES = 64
"""Least number of candidates that are drawn together for content or distinct names."""

SEEN_BYTES = 400
"""Most bytes that a name takes which a search has accepted before: its symbols, in a set."""


class RejectionSearch:
    """The progress of one request.

    Attributes:
        name_filter: test of the names; None where every name is admitted, any number of times.
        wanted: number of accepted names that end the search.
        accepted: number of names accepted so far.
        begun: number of candidates that have been drawn or are in work.
        tried: number of candidates tried so far.
        last_accepted: number of candidates tried when the last name was accepted.
    """

    def __init__(self, request: GenerateRequest, name_filter: NameFilter | None = None) -> None:
        self.name_filter = name_filter
        self.wanted = request.first_row + request.count
        self.accepted = self.begun = self.tried = self.last_accepted = 0
        self._first_row = request.first_row
        self._seen: set[bytes] | None = set() if request.distinct else None

    @staticmethod
    def compiled(request: GenerateRequest, compiler: ConstraintCompiler) -> "RejectionSearch":
        """Return the search of a request for content or distinct names.

        Raises:
            UnsatisfiableError: no name satisfies the constraint.
        """
        prefix, min_length, max_length, content = request.constraint
        name_filter = compiler.name_filter(content, max_length)
        search = RejectionSearch(request, name_filter)
        names = BoundedDfa(name_filter.dfa, prefix, min_length, max_length)
        available = int(names.count(search.wanted if request.distinct else 1))
        if not available:
            raise UnsatisfiableError("no name satisfies the constraint")
        if request.distinct:
            search.wanted = available
        return search

    @property
    def size(self) -> int:
        """Most bytes that the search holds."""
        table = 0 if self.name_filter is None else self.name_filter.size
        return table + (0 if self._seen is None else self.wanted * SEEN_BYTES)

    @property
    def has_given_up(self) -> bool:
        """True if too many candidates in a row were rejected before the last name was found."""
        is_searching = self.accepted < self.wanted
        return is_searching and self.tried - self.last_accepted >= MAX_REJECTED_IN_A_ROW

    def check_found(self) -> None:
        """Raise GaveUpError if no name from the first row on was accepted."""
        if self.accepted <= self._first_row:
            raise GaveUpError(MAX_REJECTED_IN_A_ROW)

    def begin(self, together: int) -> int:
        """Count the candidates to draw next as begun, to find ``together`` names at most.

        The rate so far tells the number, at least as many as were rejected in a row; where most
        were rejected, the last one is at most the candidate at which the search gives up. While
        others are in work, it is no more than they leave to be found.

        Returns the number of candidates; 0 while enough of them are in work.
        """
        missing = min(self.wanted - self.accepted, together)
        rejected = self.tried - self.last_accepted
        count, in_work = self._expected(missing), self.begun - self.tried
        if in_work:
            count = min(count, self._expected(self.wanted - self.accepted) - in_work)
        else:
            count = max(count, rejected, 1 if self.name_filter is None else MIN_CANDIDATES)
        most = max(missing, MAX_CANDIDATES)
        if not self.accepted or 2 * self.accepted < self.tried:
            most = min(most, MAX_REJECTED_IN_A_ROW - rejected - in_work)
        count = max(min(count, most), 0)
        self.begun += count
        return count

    def _expected(self, names: int) -> int:
        """Return the number of candidates among which a number of names is expected."""
        return -(-names * (self.tried + 1) // (self.accepted + 1))

    def accept(self, candidates: Candidates) -> EncodedNames:
        """Return the names of the next candidates that are accepted, from the first row on."""
        names, fits = candidates
        if self.name_filter is None and self.tried == self._first_row == 0 and fits.all():
            self.accepted = self.tried = self.last_accepted = len(fits)
            return names  # nearly every plain call: nothing is rejected
        admitted = np.ones(name_count(names), dtype=bool)
        if self.name_filter is not None:
            admitted = self.name_filter.admitted(names)
        if self._seen is not None:
            self._reject_seen(names, admitted, self._seen)
        rows = self.accepted + np.cumsum(admitted) - 1
        admitted &= rows < self.wanted
        self._reject_late(admitted, self.tried + 1 + np.flatnonzero(fits))
        if admitted.any():
            self.accepted += int(np.count_nonzero(admitted))
            self.last_accepted = self.tried + 1 + int(np.flatnonzero(fits)[admitted][-1])
        self.tried += len(fits)
        if self.has_given_up:  # at the candidate at which nothing behind it was tried
            self.tried = self.last_accepted + MAX_REJECTED_IN_A_ROW
        return chosen_names(names, admitted & (rows >= self._first_row))

    def _reject_late(self, admitted: NDArray[np.bool_], numbers: NDArray[np.int64]) -> None:
        """Clear the places of admitted names behind the candidate at which the search gives up.

        Args:
            admitted: whether each name is admitted, bool [names].
            numbers: number of each name's candidate in the search, from 1, int64 [names].
        """
        places = np.flatnonzero(admitted)
        gaps = np.diff(numbers[places], prepend=self.last_accepted)
        late = np.flatnonzero(gaps > MAX_REJECTED_IN_A_ROW)
        if late.size:
            admitted[places[late[0]] :] = False

    @staticmethod
    def _reject_seen(names: EncodedNames, admitted: NDArray[np.bool_], seen: set[bytes]) -> None:
        """Clear the places of admitted names that are in ``seen``, and add the others to it."""
        for place, name in enumerate(split_names(names)):
            if place < len(admitted) and admitted[place]:
                raw = name.tobytes()
                admitted[place] = raw not in seen
                seen.add(raw)
