"""The test of names that are drawn before they are judged, or that nobody drew."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from namesmith_server.engine.constraints.dfa import Dfa
from namesmith_server.engine.constraints.neighbourhood import Neighbourhood
from namesmith_server.engine.core import EncodedNames


class NameFilter(NamedTuple):
    """All constraints on the characters of a name.

    Attributes:
        dfa: DFA of the names that every constraint admits which has a DFA or a list.
        near: names that are too near to the training names; None where none is.
    """

    dfa: Dfa
    near: Neighbourhood | None = None

    @property
    def size(self) -> int:
        """Number of bytes of the DFA; ``near`` is kept for all requests."""
        return self.dfa.table.nbytes

    def admitted(self, names: EncodedNames) -> NDArray[np.bool_]:
        """Return whether each encoded name is admitted, bool [names]."""
        admitted = self.dfa.admitted(names)
        return admitted if self.near is None else admitted & ~self.near.holds(names)
