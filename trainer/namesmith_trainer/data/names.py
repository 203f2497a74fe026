"""Reads the names of a data file.

This module knows files and names; it knows no tensors.
"""

import hashlib
import re
import unicodedata
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

import numpy as np

from namesmith.limits import MAX_TEXT_CHARACTERS
from namesmith.vocabulary import END_SYMBOL, Vocabulary
from namesmith_trainer.data.counts import add_counts
from namesmith_trainer.data.errors import DataError
from namesmith_trainer.data.shares import NOTEBOOK, Shares
from namesmith_trainer.data.splits import Split, cut_splits

BREAKS = {"Cc", "Zl", "Zp"}
"""Unicode categories that a name may not hold: controls, line and paragraph separators."""

MARK = "\ufeff"
"""Byte-order mark, which is dropped at the start of a file and refused anywhere else."""

BUILT_IN = {"us-names": Path(__file__).parent / "datasets" / "us-names.txt"}
"""File of each built-in data set, by the data set's name."""


@dataclass(frozen=True)
class Names:
    """The names of a data file, in the file's order.

    Attributes:
        source: name of the data set or path of the file, as the caller gave it; for messages.
        name: name of the data set, or of the file without its folder.
        sha256: SHA-256 of the file's bytes, lower-case hexadecimal.
        names: the names, at least one; no name is empty or contains ``"."``.
        distinct: whether repeated names were dropped.
        counts: count of each name, >= 1, where the file has counts; the names are then distinct.
            None where each name counts once.
        shares: shares of train, val and test in the names.
        validation: names of a val file of its own; None where val is cut from the names.
        left_out: number of names of the val file that were left out.
    """

    source: str
    name: str
    sha256: str
    names: tuple[str, ...]
    distinct: bool
    counts: tuple[int, ...] | None = None
    shares: Shares = NOTEBOOK
    validation: "Names | None" = None
    left_out: int = 0

    @classmethod
    def read(cls, source: str, *, distinct: bool = False, weights: bool = False) -> Self:
        """Read a UTF-8 file with one name on each line, or a built-in data set by its name.

        A byte-order mark, CRLF, blank lines and blanks around a name are dropped. Names are
        brought into Unicode's form NFC, in which servers compare names.

        Args:
            source: name of a built-in data set, or path of a file.
            distinct: whether all but the first of equal names are dropped.
            weights: whether each line is ``name,count``. The counts of equal names are added.

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
        lines = _parse(source, raw)
        names, counts = _counted(source, lines) if weights else (tuple(lines), None)
        if distinct and not weights:
            names = tuple(dict.fromkeys(names))
        name = source if source in BUILT_IN else path.name
        return cls(source, name, hashlib.sha256(raw).hexdigest(), names, distinct, counts)

    def cut(
        self,
        shares: Shares | None = None,
        validation: "Names | None" = None,
        *,
        skip_invalid: bool = False,
    ) -> Self:
        """Return the names with other shares of the splits, and with a val file of its own.

        Args:
            shares: shares of train, val and test; None: the notebook's.
            validation: names of the val file; None: val is cut from the names.
            skip_invalid: whether the names of the val file that hold a character outside the
                vocabulary of these names are left out.

        Raises:
            DataError: a name of the val file holds a character outside the vocabulary, or no name
                is left; or the one file has counts and the other has not.
        """
        left_out = 0
        if validation:
            validation, left_out = _within(self.vocabulary(), validation, skip_invalid=skip_invalid)
            if (self.counts is None) != (validation.counts is None):
                raise DataError(f"{validation.source}: counts are needed in both files or none")
        return replace(self, shares=shares or NOTEBOOK, validation=validation, left_out=left_out)

    def vocabulary(self) -> Vocabulary:
        """Return the vocabulary: ``"."``, then the sorted set of the names' characters.

        Raises:
            DataError: the names hold one character only, from which nothing can be learnt.
        """
        vocabulary = Vocabulary.of(self.names)
        if len(vocabulary) < 3:
            raise DataError(f"{self.source}: {vocabulary.symbols[1]!r} is the only character")
        return vocabulary

    def splits(self) -> dict[str, Split]:
        """Shuffle the names and cut them into train, val and test, as ``cut_splits`` says.

        Every call shuffles the names again, with equal results; a run therefore calls this method
        once and keeps the splits.

        Raises:
            DataError: a split would be empty.
        """
        validation = self.validation.whole if self.validation else None
        return cut_splits(self.source, self.whole, self.shares, validation)

    def choices(self) -> dict[str, object]:
        """Return the choices, by option, that make other splits of one file, unless they are usual.

        Returns:
            ``weights``: True; ``split``: the shares; ``val_data``: SHA-256 of the val file.
        """
        chosen: dict[str, object] = {}
        if self.counts is not None:
            chosen["weights"] = True
        if self.shares != NOTEBOOK:
            chosen["split"] = [*self.shares.numbers]
        if self.validation:
            chosen["val_data"] = self.validation.sha256
        return chosen

    @property
    def whole(self) -> Split:
        """All names with their counts; where they have counts, each name once with all of its."""
        if self.counts is None:
            return Split(self.names)
        names, counts = add_counts(self.source, self.names, self.counts)
        return Split(names, np.array(counts, np.int64))


def _within(vocabulary: Vocabulary, validation: Names, *, skip_invalid: bool) -> tuple[Names, int]:
    """Return the names of a val file that a vocabulary can spell, and how many others there are.

    Raises:
        DataError: there are others and they are not left out, or none is left.
    """
    known = frozenset(vocabulary.symbols[1:])
    places = [i for i, name in enumerate(validation.names) if known.issuperset(name)]
    others = len(validation.names) - len(places)
    if others and not skip_invalid:
        name = next(name for name in validation.names if not known.issuperset(name))
        wrong = next(character for character in name if character not in known)
        raise DataError(
            f"{validation.source}: {name!r} holds {wrong!r}, which no name of the training file"
            f" holds; names with such characters: {others:,}"
        )
    if not places:
        raise DataError(f"{validation.source}: every name holds a character that train lacks")
    kept = validation.whole.at(places)
    counts = None if kept.counts is None else tuple(kept.counts.tolist())
    return replace(validation, names=tuple(kept), counts=counts), others


def _counted(source: str, lines: list[str]) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """Return the distinct names and the counts of lines ``name,count``."""
    names, counts = [], []
    for line in lines:
        name, comma, count = (part.strip() for part in line.rpartition(","))
        if not name or not comma or not re.fullmatch(r"[0-9]{1,13}", count):
            raise DataError(f"{source}: {line!r} is not NAME,COUNT with a count of up to 13 digits")
        names.append(name)
        counts.append(int(count))
    return add_counts(source, names, counts)


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
