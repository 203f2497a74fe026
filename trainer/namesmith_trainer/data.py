"""The names that a model is trained on: read from a file and cut into splits.

Knows files and names; knows no tensors.
"""

import hashlib
import random
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from namesmith.vocabulary import END_SYMBOL, Vocabulary

SPLIT_SEED = 42
MAX_LENGTH = 1_024
"""Characters of the longest name that is taken."""

BREAKS = {"Cc", "Zl", "Zp"}
"""Unicode categories that a name cannot hold: controls, and line and paragraph separators."""

MARK = "\ufeff"
"""The byte-order mark: in a file's first place alone, as where files were put together."""

BUILT_IN = {"us-names": Path(__file__).parent / "datasets" / "us-names.txt"}


class DataError(ValueError):
    """A data file that cannot be trained on; the message names the file and the line."""


@dataclass(frozen=True)
class Names:
    """The names of a data file, in the file's order.

    Attributes:
        source: the data set or the file as it was asked for, for messages.
        name: name of the data set, or of the file without its folder.
        sha256: of the file's bytes, lower-case hexadecimal.
        names: at least one; none is empty, none contains ``"."``.
        distinct: whether duplicates were dropped.
    """

    source: str
    name: str
    sha256: str
    names: tuple[str, ...]
    distinct: bool

    @classmethod
    def read(cls, source: str, *, distinct: bool = False) -> Self:
        """Reads a UTF-8 file with a name a line, or a built-in data set by its name.

        A byte-order mark, CRLF, blank lines and blanks around a name are dropped, and names are
        brought into Unicode's form NFC, in which servers compare them.

        Raises:
            DataError: the file cannot be read, its name or its text is not UTF-8, it holds no
                name, or a name with ``"."``, with a control character, line break or
                byte-order mark, or of more than ``MAX_LENGTH`` characters.
        """
        path = BUILT_IN.get(source, Path(source))
        if path.name != path.name.encode(errors="replace").decode():
            shown = source.encode(errors="replace").decode()
            raise DataError(f"{shown}: the file's name is not UTF-8, and goes into the bundle")
        try:
            raw = path.read_bytes()
        except OSError as error:
            raise DataError(f"{source}: {error.strerror}") from error
        names = _parse(source, raw)
        if distinct:
            names = list(dict.fromkeys(names))
        name = source if source in BUILT_IN else path.name
        return cls(source, name, hashlib.sha256(raw).hexdigest(), tuple(names), distinct)

    def vocabulary(self) -> Vocabulary:
        """The sorted set of the characters found, after ``"."``.

        Raises:
            DataError: there is one character only, and nothing to learn.
        """
        vocabulary = Vocabulary.of(self.names)
        if len(vocabulary) < 3:
            raise DataError(f"{self.source}: {vocabulary.symbols[1]!r} is the only character")
        return vocabulary

    def splits(self) -> dict[str, list[str]]:
        """Train, val and test: 80/10/10 of the shuffled names (notebook, third cell).

        Raises:
            DataError: one of them would be empty.
        """
        shuffled = list(self.names)
        random.Random(SPLIT_SEED).shuffle(shuffled)  # noqa: S311 - the notebook's generator
        train, val = int(0.8 * len(shuffled)), int(0.9 * len(shuffled))
        splits = {"train": shuffled[:train], "val": shuffled[train:val], "test": shuffled[val:]}
        for split, names in splits.items():
            if not names:
                raise DataError(
                    f"{self.source}: {len(self.names)} names leave the {split} split empty"
                )
        return splits


def _parse(source: str, raw: bytes) -> list[str]:
    names = []
    for number, line in enumerate(raw.removeprefix(b"\xef\xbb\xbf").split(b"\n"), start=1):
        try:
            name = unicodedata.normalize("NFC", line.decode("utf-8").strip())
        except UnicodeDecodeError as error:
            raise DataError(f"{source}, line {number}: not UTF-8") from error
        fault = _fault(name)
        if fault:
            raise DataError(f"{source}, line {number}: {fault}")
        if name:
            names.append(name)
    if not names:
        raise DataError(f"{source}: no names")
    return names


def _fault(name: str) -> str | None:
    """What makes a name unfit, if anything does."""
    if len(name) > MAX_LENGTH:
        return f"{len(name)} characters, at most {MAX_LENGTH} are taken"
    if END_SYMBOL in name:
        return f"{name!r} contains {END_SYMBOL!r}"
    if MARK in name:
        return f"{name!r} contains a byte-order mark, {MARK!r}"
    breaks = [character for character in name if unicodedata.category(character) in BREAKS]
    return f"{name!r} contains {breaks[0]!r}" if breaks else None
