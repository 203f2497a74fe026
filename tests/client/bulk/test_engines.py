"""The callables of data engines, given batches as the engines hand them over."""

import pytest

from namesmith_client.bulk import NamesOfRows, names_of_rows
from namesmith_client.offline import offline_client

pa = pytest.importorskip("pyarrow")


def test_batches_gain_the_names_of_their_rows() -> None:
    """Both engines' functions add one column behind the others, of the rows of one seed."""
    with offline_client() as client:
        whole = client.generate(30, seed=6, prefix="ma").names
    rows = [7, 8, 9, 3, 29]
    batch = pa.RecordBatch.from_pydict({"a": [0] * 5, "row": rows})
    settings = {
        "seed": 6,
        "model": "us-names/1",
        "column": "row",
        "prefix": "ma",
    }
    (spark,) = names_of_rows(**settings)(iter([batch]))
    ray = NamesOfRows(**settings)(pa.Table.from_batches([batch]))
    for made in (spark, ray):
        assert made.to_pydict() == {**batch.to_pydict(), "name": [whole[row] for row in rows]}
