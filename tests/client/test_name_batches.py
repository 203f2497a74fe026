"""The messages in which names are uploaded."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from namesmith_client._name_batches import MAX_CHARACTERS, MAX_NAMES, NameBatches


@given(
    lengths=st.lists(
        st.tuples(st.integers(0, 300_000), st.integers(1, 3))
        | st.tuples(st.integers(0, 40), st.integers(1, 20_000)),
        max_size=4,
    )
)
def test_messages_of_names_are_bounded_and_lose_no_name(lengths: list[tuple[int, int]]) -> None:
    """A message keeps the bounds of names and characters, unless one name alone is longer."""
    names = ["é" * length for length, count in lengths for _ in range(count)]
    messages = [list(message.names) for message in NameBatches(iter(names), "")]
    assert list(itertools.chain.from_iterable(messages)) == names
    for message in messages:
        assert 1 <= len(message) <= MAX_NAMES
        assert len(message) == 1 or sum(map(len, message)) <= MAX_CHARACTERS
