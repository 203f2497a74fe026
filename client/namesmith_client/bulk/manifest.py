"""The manifest of a part: the file beside it that says what it holds, and what made it."""

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from namesmith.quoting import printable
from namesmith.version import VERSION
from namesmith_client._model_reference import reference_to

SUFFIX = ".json"
"""End of a manifest's name, behind the name of its part."""

FORMAT_VERSION = 1
"""Version of the manifest's own format, and of the files that it describes."""

MADE = ("bytes", "sha256", "namesmith", "pyarrow")
"""Fields that say how the file came out, and not what it is to hold."""


MAX_SHOWN = 140
"""Largest number of characters of a value that a message shows: two hashes, joined."""


@dataclass(frozen=True, kw_only=True)
class PartManifest:
    """The content of a part, and what made it.

    Attributes:
        format_version: ``FORMAT_VERSION``.
        file: name of the part's file.
        model: name of the model; of a blend the canonical text, with every version.
        version: version of the model; 0: a blend.
        manifest_sha256: SHA-256 of the model's manifest, which names the SHA-256 of its every file;
            of a blend those of its parts in the order of the text, joined by ``+``.
        excludes_sha256: SHA-256 of the texts that the server excluded from every name, as
            ``Server`` has it; empty: there were none.
        seed: seed of the names, in [0, 2^64).
        first_row: row of the first name.
        end_row: row behind the last name.
        names: number of names.
        columns: columns of the file.
        arguments: arguments that are not at their defaults: of the sampling and the constraint.
        bytes: size of the file.
        sha256: SHA-256 of the file.
        namesmith: version of the program that wrote the file.
        pyarrow: version of pyarrow where it wrote the file, on which its bytes depend; else empty.
    """

    format_version: int = FORMAT_VERSION
    file: str
    model: str
    version: int
    manifest_sha256: str
    excludes_sha256: str
    seed: int
    first_row: int
    end_row: int
    names: int
    columns: tuple[str, ...]
    arguments: Mapping[str, Any] = field(default_factory=dict)
    bytes: int = 0
    sha256: str = ""
    namesmith: str = VERSION
    pyarrow: str = ""

    @property
    def reference(self) -> str:
        """The model as a call names it."""
        return reference_to(self.model, self.version)

    def dumps(self) -> str:
        """Write the manifest as JSON."""
        return json.dumps(dataclasses.asdict(self), indent=2, ensure_ascii=False) + "\n"

    def difference(self, there: Mapping[str, Any]) -> str:
        """Tell the first field whose value differs in a manifest that is there, and both values.

        The fields of ``MADE`` do not count. Empty: there is no such field.
        """
        wanted = json.loads(self.dumps())
        for key in wanted:
            if key not in MADE and (told := _difference(key, there.get(key), wanted[key])):
                return told
        return ""


def _difference(key: str, there: Any, wanted: Any) -> str:  # noqa: ANN401 - of JSON
    if there == wanted:
        return ""
    if isinstance(there, dict) and isinstance(wanted, dict):
        keys = sorted({*there, *wanted})
        return next(
            told for one in keys if (told := _difference(one, there.get(one), wanted.get(one)))
        )
    return f"{key} is {_value(there)} there, and {_value(wanted)} is wanted"


def _value(value: Any) -> str:  # noqa: ANN401 - of JSON
    """Return a value as a message shows it."""
    if value in (None, ""):
        return "unset" if value is None else "empty"
    text = printable(json.dumps(value, ensure_ascii=False))
    return text if len(text) <= MAX_SHOWN else f"{text[:MAX_SHOWN]}..."


def path_of(part: Path) -> Path:
    """Return the path of the manifest of a part."""
    return part.with_name(part.name + SUFFIX)
