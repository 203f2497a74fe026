"""Names of numbers of rows, as data engines hand them out."""

from hypothesis import given, settings
from hypothesis import strategies as st

from namesmith_client.bulk.rows import names_of
from namesmith_client.testing import FakeClient


@given(st.lists(st.integers(0, 50), max_size=60))
@settings(max_examples=30)
def test_each_row_has_its_own_name_in_any_order(rows: list[int]) -> None:
    """Numbers may come in ranges, backwards and twice."""
    with FakeClient() as client:
        whole = client.generate(51, seed=8).names
        assert names_of(client, rows, seed=8) == [whole[row] for row in rows]
