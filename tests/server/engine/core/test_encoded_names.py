"""Arrays of encoded names: which names stand in another array."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from namesmith.vocabulary import END
from namesmith_server.engine.core import are_among

# The bytes of 256 and of 65,536 end in zeros, as strings of bytes must not be cut.
SYMBOLS = st.sampled_from([1, 2, 256, 65_536])
NAMES = st.lists(st.lists(SYMBOLS, max_size=4).map(tuple), max_size=40)

Name = tuple[int, ...]


def encoded(names: list[Name]) -> NDArray[np.int32]:
    """Return names as one array, each followed by the end symbol."""
    return np.array([symbol for name in names for symbol in (*name, END)], dtype=np.int32)


@given(NAMES, NAMES)
def test_names_are_found_as_in_a_set(names: list[Name], others: list[Name]) -> None:
    """Each name is among the others exactly where a set of them holds it, the empty name too."""
    found = are_among(encoded(names), encoded(others).astype(np.int64))
    assert found.tolist() == [name in set(others) for name in names]
