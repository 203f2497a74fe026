"""Names as tables of Arrow."""

import pytest

from namesmith_client import GeneratedNames
from namesmith_client.testing import FakeClient

pa = pytest.importorskip("pyarrow")


@pytest.fixture(params=[False, True])
def names(request: pytest.FixtureRequest) -> GeneratedNames:
    """Provide names without and with log-probabilities."""
    with FakeClient() as client:
        return client.generate(20, seed=1, log_probs=request.param)


def test_a_table_has_the_names_and_their_origin(names: GeneratedNames) -> None:
    """Columns are those of files; the seed stands in the metadata."""
    table = names.to_arrow()
    assert tuple(table["name"].to_pylist()) == names.names
    if names.log_probs is None:
        assert table.column_names == ["name"]
    else:
        assert tuple(table["log_probability"].to_pylist()) == names.log_probs
    assert table.schema.metadata == {b"seed": b"1", b"model": b"fake", b"version": b"1"}


def test_names_are_a_stream_of_arrow(names: GeneratedNames) -> None:
    """Whoever knows the PyCapsule interface reads them as they are."""
    assert pa.table(names) == names.to_arrow()
