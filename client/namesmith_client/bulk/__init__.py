"""Names in bulk: ranges of rows, as files and in data engines.

A row is a function of the model's version, the arguments, the seed and its number. So a range is a
part of the whole wherever it is made: workers need no talk, and what is made again is the same.

    part        a range of rows, written into a file once and whole
    identity    the model that it is drawn from, pinned
    manifest    the file beside it that says what it holds
    formats     csv, jsonl and parquet
    rows        the names of numbers of rows, for the engines
    ray_data    a callable for Ray Data
    spark       a function for Spark's mapInArrow

The engines import their own packages; nothing here imports them.
"""

from namesmith_client.bulk.formats import format_of
from namesmith_client.bulk.manifest import PartManifest
from namesmith_client.bulk.part import Part, PartExistsError, ShortPartError, write_part
from namesmith_client.bulk.ray_data import NamesOfRows
from namesmith_client.bulk.spark import names_of_rows

__all__ = [
    "NamesOfRows",
    "Part",
    "PartExistsError",
    "PartManifest",
    "ShortPartError",
    "format_of",
    "names_of_rows",
    "write_part",
]
