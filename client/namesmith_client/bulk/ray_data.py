"""Names in Ray Data: a callable that adds the names of numbers of rows.

    import ray
    from namesmith_client.bulk import NamesOfRows

    rows = ray.data.range(10_000_000)
    names = rows.map_batches(
        NamesOfRows,
        fn_constructor_kwargs={"seed": 42, "model": "us-names/1"},
        batch_format="pyarrow",
        concurrency=4,
    )
    names.write_parquet("names")

A block that Ray makes again, on whichever machine, has the same names.
"""

from contextlib import ExitStack
from pathlib import Path
from typing import Any

from namesmith_client.bulk.rows import names_of, opened


class NamesOfRows:
    """A callable on batches of a pyarrow table, for ``Dataset.map_batches``.

    Args:
        seed: seed of the names, in [0, 2^64).
        model: NAME/VERSION: workers that meet another version would draw other names.
        address: address of a server; empty: every worker loads the model by itself.
        models: folder of bundles that workers load from; None: the ones that ship.
        column: column of the rows' numbers, integers >= 0.
        **arguments: further arguments of ``Client.stream``, such as ``prefix``.
    """

    def __init__(
        self,
        *,
        seed: int,
        model: str,
        address: str = "",
        models: str | Path | None = None,
        column: str = "id",
        **arguments: Any,  # noqa: ANN401 - those of stream
    ) -> None:
        self._open = ExitStack()  # until the worker ends
        self._client = self._open.enter_context(opened(address, models, model))
        self._column = column
        self._arguments = {"seed": seed, "model": model, **arguments}

    def __call__(self, batch: Any) -> Any:  # noqa: ANN401 - a pyarrow.Table
        """Return a batch with the column ``name`` behind its own."""
        import pyarrow as pa  # noqa: PLC0415 - of Ray's worker

        rows = batch.column(self._column).to_pylist()
        names = names_of(self._client, rows, **self._arguments)
        return batch.append_column("name", pa.array(names, pa.string()))
