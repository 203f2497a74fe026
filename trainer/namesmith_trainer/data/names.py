"""``Names``: the names of a source, cut into splits."""

import hashlib
import random
import unicodedata
from dataclasses import dataclass
from typing import Self

from namesmith.bundle import SPLIT_LIMIT
from namesmith.vocabulary import Vocabulary
from namesmith_trainer.data.errors import DataError
from namesmith_trainer.data.listing import Listing
from namesmith_trainer.data.source import read_source
from namesmith_trainer.data.text_file import read_text
from namesmith_trainer.words import counted

SPLIT_SEED = 42
"""Seed of the shuffle before the names are cut into splits; the notebook has the same seed."""


@dataclass(frozen=True)
class Names:
    """The names of a source, in its order.

    Attributes:
        source: name of the source in messages: of the data set, the path of the file as the caller
            gave it, or "standard input".
        name: name of the data set, of the file without its folder, or "stdin".
        sha256: SHA-256 of the source's bytes as they were read, lower-case hexadecimal.
        names: the names, at least one; no name is empty.
        distinct: whether repeated names were dropped.
        lower: whether the names were brought into lower case.
        column: column of the names in a table, by its heading or its number from 1; empty for one
            name a line.
        counts: count of each name, >= 1, where the counts of a table were asked for; else None.
        skipped: number of lines that were left out, because they hold no name that can be taken.
        forms: packing and encoding of the source, where it is packed or is not UTF-8.
    """

    source: str
    name: str
    sha256: str
    names: tuple[str, ...]
    distinct: bool
    lower: bool = False
    column: str = ""
    counts: tuple[int, ...] | None = None
    skipped: int = 0
    forms: tuple[str, ...] = ()

    @classmethod
    def read(  # noqa: PLR0913 - each is an option of the command line
        cls,
        source: str,
        *,
        distinct: bool = False,
        lower: bool = False,
        skip_invalid: bool = False,
        column: str | None = None,
        weights: bool = False,
    ) -> Self:
        """Read the names of a file, of standard input or of a built-in data set.

        The source is a list with one name on each line, or a table with a column of names, in
        UTF-8, UTF-16 or UTF-32, and may be packed. A byte-order mark, blank lines and blanks around
        a name are dropped. Names are brought into Unicode's form NFC, in which servers compare
        names.

        Args:
            source: name of a built-in data set, path of a file, or ``-`` for standard input.
            distinct: whether all but the first of equal names are dropped; their counts are added
                up.
            lower: whether names are brought into lower case.
            skip_invalid: whether lines that hold no name that can be taken are left out.
            column: heading or number, from 1, of the column that holds the names.
            weights: whether the counts beside the names are read.

        Raises:
            DataError: the source cannot be read, is no text, is a table that does not say which
                column holds the names, or holds no name; or, unless ``skip_invalid``, a line is
                not UTF-8, lacks a column, or holds a name with a control character, a line break
                or a byte-order mark, or with more than ``MAX_TEXT_CHARACTERS`` characters.
        """
        read = read_source(source)
        file = read_text(read)
        text = unicodedata.normalize("NFC", file.text)
        if lower:
            text = unicodedata.normalize("NFC", text.lower())
        try:
            listing = Listing.of(text, column=column, weights=weights, skip_invalid=skip_invalid)
        except DataError as error:
            raise DataError(f"{read.title}: {error}") from error
        names, counts = listing.names, listing.counts
        if distinct:
            names, counts = _distinct(names, counts)
        return cls(
            source=read.title,
            name=read.name,
            sha256=hashlib.sha256(read.raw).hexdigest(),
            names=names,
            distinct=distinct,
            lower=lower,
            column=listing.column,
            counts=counts,
            skipped=listing.skipped,
            forms=file.forms,
        )

    def choices(self) -> dict[str, object]:
        """Return the choices, by option, that make other names of the same bytes, where made."""
        chosen = {"lower": self.lower, "column": self.column, "weights": self.counts is not None}
        return {option: choice for option, choice in chosen.items() if choice}

    def vocabulary(self) -> Vocabulary:
        """Return the vocabulary: the end symbol, then the sorted set of the names' characters.

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
            DataError: a split would be empty, or larger than a bundle may hold.
        """
        shuffled = list(self.names)
        random.Random(SPLIT_SEED).shuffle(shuffled)  # noqa: S311 - the notebook's generator
        train, val = int(0.8 * len(shuffled)), int(0.9 * len(shuffled))
        splits = {"train": shuffled[:train], "val": shuffled[train:val], "test": shuffled[val:]}
        for split, names in splits.items():
            if not names:
                leave = f"leave{'s' * (len(self.names) == 1)} the {split} split empty"
                raise DataError(f"{self.source}: {counted(len(self.names), 'name')} {leave}")
            if (size := len("\n".join(names).encode()) + 1) > SPLIT_LIMIT:
                raise DataError(
                    f"{self.source}: the {split} split has {size:,} bytes, at most {SPLIT_LIMIT:,}"
                    " may stand in a bundle"
                )
        return splits


def _distinct(
    names: tuple[str, ...], counts: tuple[int, ...] | None
) -> tuple[tuple[str, ...], tuple[int, ...] | None]:
    """Return the first of equal names each, and the sum of their counts."""
    if counts is None:
        return tuple(dict.fromkeys(names)), None
    sums: dict[str, int] = {}
    for name, count in zip(names, counts, strict=True):
        sums[name] = sums.get(name, 0) + count
    return tuple(sums), tuple(sums.values())
