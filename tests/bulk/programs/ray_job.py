"""Names in Ray Data, a worker of which is killed: ray_job.py ROWS FOLDER."""

import sys
from pathlib import Path
from typing import Any

import ray
from outcome import kill_one, print_outcome

from namesmith_client.bulk import NamesOfRows

rows, folder = int(sys.argv[1]), Path(sys.argv[2])


class Killed(NamesOfRows):
    """Names rows; of all workers, one is killed at its third batch."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self._calls = 0

    def __call__(self, batch: Any) -> Any:
        """Return a batch with names."""
        self._calls += 1
        named = super().__call__(batch)
        if self._calls == 3:
            kill_one(folder)
        return named


ray.init(num_cpus=4, include_dashboard=False, log_to_driver=False, logging_level="ERROR")
given = ray.data.range(rows, override_num_blocks=40)
settings = {"seed": 42, "model": "us-names/1"}
named = given.map_batches(
    Killed,
    fn_constructor_kwargs=settings,
    batch_format="pyarrow",
    batch_size=None,
    concurrency=4,
)
named.write_parquet(str(folder / "names"))
print_outcome(folder)
