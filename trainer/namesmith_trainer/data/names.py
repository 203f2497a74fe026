"""Reads the names of a data file and cuts them into splits.

This module knows files and names; it knows no tensors.
"""

import hashlib
import random
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from namesmith.limits import MAX_TEXT_CHARACTERS
from namesmith.vocabulary import END_SYMBOL, Vocabulary

SPLIT_SEED = 42
"""Seed of the shuffle before the names are cut into splits; the notebook has the same seed."""

BREAKS = {"Cc", "Zl", "Zp"}
"""Unicode categories that a name may not hold: controls, line and paragraph separators."""

MARK = "\ufeff"
"""Byte-order mark, which is dropped at the start of a file and refused anywhere else."""

BUILT_IN = {"us-names": Path(__file__).parent / "datasets" / "us-names.txt"}
"""File of each built-in data set, by the data set's name."""


class DataError(ValueError):
    """Raised for a data file that cannot be trained on; the message names the file and line."""


@dataclass(frozen=True)
class Names:
    """The names of a data file, in the file's order.

    Attributes:
        source: name of the data set or path of the file, as the caller gave it; for messages.
        name: name of the data set, or of the file without its folder.
        sha256: SHA-256 of the file's bytes, lower-case hexadecimal.
        names: the names, at least one; no name is empty or contains ``"."``.
        distinct: whether repeated names were dropped.
    """

    source: str
    name: str
    sha256: str
    names: tuple[str, ...]
    distinct: bool

    @classmethod
    def read(cls, source: str, *, distinct: bool = False) -> Self:
        """Read a UTF-8 file with one name on each line, or a built-in data set by its name.

        A byte-order mark, CRLF, blank lines and blanks around a name are dropped. Names are
        brought into Unicode's form NFC, in which servers compare names.

        Args:
            source: name of a built-in data set, or path of a file.
            distinct: whether all but the first of equal names are dropped.

        Raises:
            DataError: the file cannot be read, the file's name or text is not UTF-8, the file
                holds no name, or a name holds ``"."``, a control character, a line break or a
                byte-order mark, or has more than ``MAX_TEXT_CHARACTERS`` characters.
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

    @property
    def symbols(self) -> int:
        """Number of symbols of the distinct names: their characters, and one end a name."""
        return sum(len(name) + 1 for name in set(self.names))

    def vocabulary(self) -> Vocabulary:
        """Return the vocabulary: ``"."``, then the sorted set of the names' characters.

        Raises:
            DataError: the names hold one character only, from which nothing can be learnt.
        """
        vocabulary = Vocabulary.of(self.names)
        if len(vocabulary) < 3:
            raise DataError(f"{self.source}: {vocabulary.symbols[1]!r} is the only character")
        return vocabulary

    def splits(self) -> dict[str, list[str]]:
        """Shuffle the names and cut them 80/10/10 into train, val and test.

        The notebook's third cell cuts the same splits. Every call shuffles the names again, with
        equal results; a run therefore calls this method once and keeps the splits.

        Raises:
            DataError: a split would be empty.
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
    """Return the checked names of a file's bytes; error messages name the file by ``source``."""
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
    """Return the reason why a name is refused; None for a name that is accepted."""
    if len(name) > MAX_TEXT_CHARACTERS:
        return f"{len(name)} characters, at most {MAX_TEXT_CHARACTERS} are taken"
    if END_SYMBOL in name:
        return f"{name!r} contains {END_SYMBOL!r}"
    if MARK in name:
        return f"{name!r} contains a byte-order mark, {MARK!r}"
    breaks = [character for character in name if unicodedata.category(character) in BREAKS]
    return f"{name!r} contains {breaks[0]!r}" if breaks else None
