"""The manifest of a part: the file beside it that says what it holds, and what made it."""

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from namesmith.version import VERSION

SUFFIX = ".json"
"""End of a manifest's name, behind the name of its part."""

FORMAT_VERSION = 1
"""Version of the manifest's own format, and of the files that it describes."""

MADE = ("bytes", "sha256", "namesmith", "pyarrow")
"""Fields that say how the file came out, and not what it is to hold."""


@dataclass(frozen=True, kw_only=True)
class PartManifest:
    """The content of a part, and what made it.

    Attributes:
        format_version: ``FORMAT_VERSION``.
        file: name of the part's file.
        model: name of the model.
        version: version of the model.
        manifest_sha256: SHA-256 of the model's manifest, which names the SHA-256 of its every file.
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

    def dumps(self) -> str:
        """Write the manifest as JSON."""
        return json.dumps(dataclasses.asdict(self), indent=2, ensure_ascii=False) + "\n"

    def difference(self, other: Mapping[str, Any]) -> str:
        """Return the first field whose value differs in another manifest as JSON holds it.

        The fields of ``MADE`` do not count. Empty: there is no such field.
        """
        mine = json.loads(self.dumps())
        return next((key for key in mine if key not in MADE and mine[key] != other.get(key)), "")


def path_of(part: Path) -> Path:
    """Return the path of the manifest of a part."""
    return part.with_name(part.name + SUFFIX)
