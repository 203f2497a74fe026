"""A part: a range of rows, written into a file once and whole, with a manifest beside it."""

import dataclasses
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from errno import EAGAIN
from pathlib import Path
from typing import IO, Any

from namesmith.limits import MAX_ROW
from namesmith_client._arrow import require_pyarrow
from namesmith_client._client import Client
from namesmith_client._generated_names import GeneratedNames
from namesmith_client._sampling_and_constraint import Constraint, Sampling
from namesmith_client.bulk import formats
from namesmith_client.bulk.files import HashingFile, replacing, sha256_of
from namesmith_client.bulk.identity import identify
from namesmith_client.bulk.manifest import MADE, PartManifest, path_of

DEFAULTS = {
    one.name: one.default for settings in (Sampling, Constraint) for one in fields(settings)
}
"""Values of the arguments of the sampling and the constraint that say nothing."""


class PartExistsError(Exception):
    """The file is there already, and is not the part that is asked for."""


class ShortPartError(Exception):
    """The model gave up before it found all names of a part; no file was written."""


@dataclass(frozen=True, kw_only=True)
class Part:
    """A range of rows that a file holds.

    Attributes:
        path: path of the file; its name ends with a suffix that ``format_of`` knows.
        seed: seed of the names, in [0, 2^64).
        rows: the rows, one at least, below ``MAX_ROW``, without a step.
        model: NAME, NAME/VERSION, NAME@LABEL or a blend; empty: the server's default model.
        log_probs: whether the file has log-probabilities.
        arguments: arguments of ``Client.stream`` for the sampling and the constraint.

    Raises:
        ValueError: the rows are none, have a step, or are out of their bounds.
    """

    path: str | Path
    seed: int
    rows: range
    model: str = ""
    log_probs: bool = False
    arguments: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        rows = self.rows
        if not (rows.step == 1 and 0 <= rows.start < rows.stop <= MAX_ROW):
            raise ValueError(f"rows: {rows}: range(FIRST, END), 0 <= FIRST < END <= 2^62, expected")

    @property
    def given(self) -> dict[str, Any]:
        """The arguments that are not at their defaults."""
        read = {
            key: tuple(value) if isinstance(value, list | tuple | set) else value
            for key, value in self.arguments.items()
        }
        return {key: value for key, value in read.items() if value != DEFAULTS.get(key)}


Follow = Callable[[Iterator[GeneratedNames]], Iterator[GeneratedNames]]
"""A function that passes chunks on, and tells of the progress."""


def write_part(
    client: Client, part: Part, follow: Follow = lambda chunks: chunks
) -> tuple[PartManifest, bool]:
    """Write a part, unless it is there already; return its manifest, and whether it was written.

    The file appears whole, behind its manifest, or not at all. Memory stays flat.

    Args:
        client: client of a server, or of models in this process.
        part: the part.
        follow: function that the chunks of names pass through.

    Raises:
        ImportError: the format needs pyarrow, which is not installed.
        NamesmithError: a call failed.
        OSError: the file cannot be written; ``BlockingIOError``: another process is writing it.
        PartExistsError: the file is there, and is another one.
        ShortPartError: the model gave up.
        ValueError: the file's name has no known suffix.
    """
    path = Path(part.path)
    suffix = formats.format_of(path.name)
    expected = _expected(client, part, suffix)
    if (there := _existing(path, expected)) is not None:
        return there, False
    stream = client.stream(
        len(part.rows),
        seed=part.seed,
        first_row=part.rows.start,
        log_probs=part.log_probs,
        model=expected.reference,
        **part.given,
    )
    with stream, replacing(path) as file:
        if path.exists():
            raise BlockingIOError(EAGAIN, "another process has just written the file", str(path))
        groups = _groups(follow(stream.chunks()), with_log_probs=part.log_probs)
        made = _fill(file, suffix, expected, groups)
        if stream.gave_up:
            raise ShortPartError(f"{path}: the model gave up: such names are too rare")
        with replacing(path_of(path)) as beside:
            beside.write(made.dumps().encode())
    return made, True


def _expected(client: Client, part: Part, suffix: str) -> PartManifest:
    """Return the manifest of a part before it is made."""
    pyarrow = require_pyarrow().__version__ if formats.needs_pyarrow(suffix) else ""
    model = identify(client, part.model)
    return PartManifest(
        file=Path(part.path).name,
        **model._asdict(),
        excludes_sha256=client.server().excludes_sha256,
        seed=part.seed,
        first_row=part.rows.start,
        end_row=part.rows.stop,
        names=len(part.rows),
        columns=formats.COLUMNS[: 1 + part.log_probs],
        arguments=part.given,
        pyarrow=pyarrow,
    )


def _existing(path: Path, expected: PartManifest) -> PartManifest | None:
    """Return the manifest of a part that is there; None where no file is."""
    if not path.exists():
        return None
    try:
        found = dict(json.loads(path_of(path).read_bytes()))
    except (OSError, TypeError, ValueError):
        raise PartExistsError(f"{path} is there, without a manifest that can be read") from None
    if other := expected.difference(found):
        raise PartExistsError(f"{path} is there, and is another part: {other}")
    if sha256_of(path) != found.get("sha256"):
        raise PartExistsError(f"{path} is there, and has been changed: its SHA-256 is another")
    return dataclasses.replace(expected, **{key: found.get(key, "") for key in MADE})


def _fill(
    file: IO[bytes], suffix: str, expected: PartManifest, groups: Iterable[formats.Columns]
) -> PartManifest:
    """Write the names of a part into a file; return the manifest with its size and its hash."""
    hashing = HashingFile(file)
    writer = formats.open_writer(suffix, hashing, expected.columns)
    for group in groups:
        writer.write(group)
    writer.close()
    return dataclasses.replace(expected, bytes=hashing.size, sha256=hashing.digest.hexdigest())


def _groups(chunks: Iterable[GeneratedNames], *, with_log_probs: bool) -> Iterator[formats.Columns]:
    """Yield the columns of ``GROUP`` names at a time, and of the rest."""
    columns: tuple[list[Any], ...] = ([], [])[: 1 + with_log_probs]
    for chunk in chunks:
        for column, values in zip(columns, (chunk.names, chunk.log_probs or ()), strict=False):
            column.extend(values)
        while len(columns[0]) >= formats.GROUP:
            yield tuple(column[: formats.GROUP] for column in columns)
            for column in columns:
                del column[: formats.GROUP]
    if columns[0]:
        yield columns
