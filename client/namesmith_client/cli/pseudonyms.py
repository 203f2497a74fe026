"""Pseudonyms of the cells of a CSV file, named by a server some thousand cells a call.

A few calls are in flight; the rows stay in their order, and memory stays flat.

    rows      [ batch 3 ][ batch 4 ]  <- named at the same time
    written   0  1  2
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

from namesmith.limits import MAX_KEY_BYTES
from namesmith_client import NamedKeys
from namesmith_client.cli.csv_file import CsvFile, Row

ROWS = 4_096
"""Largest number of rows of a batch."""

BATCH_BYTES = 4 << 20
"""Number of bytes of rows after which a batch ends, so that long rows do not fill the memory."""

MAX_KEYS = 8_192
"""Largest number of keys of a call: of names of any length, a quarter of the default limit."""

MAX_BYTES = 2 << 20
"""Largest number of bytes of the keys of a call: half a message."""

SURELY_SHORT = MAX_KEY_BYTES // 4
"""Number of characters whose UTF-8 is no longer than a key may be."""

IN_FLIGHT = 4
"""Number of batches that are named at the same time."""

Names = Mapping[str, str]
"""Name of each cell's text."""

NameKeys = Callable[[Sequence[bytes]], NamedKeys]
"""A function that returns the names of keys."""


def masked_rows(
    file: CsvFile, columns: Sequence[int], name_keys: NameKeys, *, capitalise: bool
) -> Iterator[list[Row]]:
    """Iterate over the rows of a file, batch by batch, with names in place of some columns' cells.

    Equal cells have equal names, in whichever columns they stand; empty cells stay empty.

    Args:
        file: the file.
        columns: places of the columns.
        name_keys: function that returns the names of keys; called from several threads.
        capitalise: whether a name takes the capitals of its cell.

    Raises:
        click.ClickException: the file is malformed, or a cell is too long to be a key.
        NamesmithError: a call failed.
    """

    def masked(rows: list[Row], texts: Iterable[str]) -> list[Row]:
        names = _names(list(texts), name_keys)
        for row in rows:
            for place in columns if row else ():
                if text := row[place]:
                    row[place] = _capitalised(names[text], text) if capitalise else names[text]
        return rows

    in_flight: deque[Future[list[Row]]] = deque()
    pool = ThreadPoolExecutor(IN_FLIGHT, "names")
    try:
        for rows, texts in _batches(file, columns):
            in_flight.append(pool.submit(masked, rows, texts))
            if len(in_flight) == IN_FLIGHT:
                yield in_flight.popleft().result()
        while in_flight:
            yield in_flight.popleft().result()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _batches(file: CsvFile, columns: Sequence[int]) -> Iterator[tuple[list[Row], dict[str, None]]]:
    """Yield batches of rows, and the distinct texts of their cells."""
    rows: list[Row] = []
    texts: dict[str, None] = {}
    begin = file.position
    for row in file.rows():
        rows.append(row)
        for place in columns if row else ():
            if text := row[place]:
                if len(text) > SURELY_SHORT and len(text.encode()) > MAX_KEY_BYTES:
                    raise file.fault(f"has a cell of over {MAX_KEY_BYTES} bytes, too long to name")
                texts[text] = None
        if len(rows) == ROWS or file.position - begin >= BATCH_BYTES:
            yield rows, texts
            rows, texts, begin = [], {}, file.position
    if rows:
        yield rows, texts


def _names(texts: list[str], name_keys: NameKeys) -> Names:
    """Return the name of each text, asked for in as many calls as a call has room."""
    names: dict[str, str] = {}
    keys: list[bytes] = []
    size = 0
    for text in texts:
        key = text.encode()
        if len(keys) == MAX_KEYS or size + len(key) > MAX_BYTES:
            names.update(zip(texts[len(names) :], name_keys(keys).names, strict=False))
            keys, size = [], 0
        keys.append(key)
        size += len(key)
    if keys:
        names.update(zip(texts[len(names) :], name_keys(keys).names, strict=True))
    return names


def _capitalised(name: str, like: str) -> str:
    """Return a name with the capitals of a text: all, the first letter's, or none."""
    if len(like) > 1 and like.isupper():
        return name.upper()
    return name[:1].upper() + name[1:] if like[:1].isupper() else name
