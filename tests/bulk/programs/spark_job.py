"""Names in Spark, a task of which is killed: spark_job.py ROWS FOLDER."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from outcome import kill_one, print_outcome
from pyspark.sql import SparkSession

from namesmith_client.bulk import names_of_rows

rows, folder = int(sys.argv[1]), Path(sys.argv[2])
os.environ["PYSPARK_PYTHON"] = sys.executable
named = names_of_rows(seed=42, model="us-names/1")


def killed(batches: Iterator[Any]) -> Iterator[Any]:
    """Name rows; in one task of all, the process is killed behind some batches."""
    for i, batch in enumerate(named(batches)):
        if i == rows // 4 // len(batch) // 2:
            kill_one(folder)
        yield batch


spark = (
    SparkSession.builder.master("local[4,4]")  # four tasks at a time, four tries of each
    .config("spark.ui.enabled", "false")
    .getOrCreate()
)
spark.sparkContext.setLogLevel("OFF")
spark.sparkContext.addPyFile(str(Path(__file__).with_name("outcome.py")))
given = spark.range(0, rows, 1, 4)  # four tasks
given.mapInArrow(killed, "id long, name string").write.parquet(str(folder / "names"))
print_outcome(folder)
