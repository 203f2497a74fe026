"""Names in Spark: a function for ``DataFrame.mapInArrow`` that adds the names of numbers of rows.

    from namesmith_client.bulk import names_of_rows

    rows = spark.range(10_000_000)
    named = names_of_rows(seed=42, model="us-names/1")
    rows.mapInArrow(named, "id long, name string").write.parquet("names")

A task that Spark runs again, on whichever machine, has the same names.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from namesmith_client.bulk.rows import names_of, opened

Batches = Iterator[Any]
"""Batches of rows: pyarrow.RecordBatch."""


def names_of_rows(
    *,
    seed: int,
    model: str,
    address: str = "",
    models: str | Path | None = None,
    column: str = "id",
    **arguments: Any,  # noqa: ANN401 - those of stream
) -> Callable[[Batches], Batches]:
    """Return a function that adds the column ``name`` to batches of rows.

    Args:
        seed: seed of the names, in [0, 2^64).
        model: NAME/VERSION: tasks that meet another version would draw other names.
        address: address of a server; empty: every task loads the model by itself.
        models: folder of bundles that tasks load from; None: the ones that ship.
        column: column of the rows' numbers, integers >= 0.
        **arguments: further arguments of ``Client.stream``, such as ``prefix``.
    """

    def named(batches: Batches) -> Batches:
        import pyarrow as pa  # noqa: PLC0415 - of Spark's worker

        with opened(address, models, model) as client:
            for batch in batches:
                rows = batch.column(column).to_pylist()
                names = names_of(client, rows, seed=seed, model=model, **arguments)
                columns = [*batch.columns, pa.array(names, pa.string())]
                yield pa.RecordBatch.from_arrays(columns, [*batch.schema.names, "name"])

    return named
