"""``Names``: the names of a source, cut into splits."""

import hashlib
import unicodedata
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Self

import numpy as np

from namesmith.vocabulary import Vocabulary
from namesmith_trainer.data.counts import add_counts
from namesmith_trainer.data.errors import DataError
from namesmith_trainer.data.listing import Listing
from namesmith_trainer.data.shares import NOTEBOOK, Shares
from namesmith_trainer.data.source import read_source
from namesmith_trainer.data.splits import Split, cut_splits
from namesmith_trainer.data.text_file import read_text


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
        counts: count of each name, >= 1, where the counts of a table were asked for; None where
            each name counts once.
        skipped: number of lines that were left out, because they hold no name that can be taken.
        forms: packing and encoding of the source, where it is packed or is not UTF-8.
        shares: shares of train, val and test in the names.
        validation: names of a val file of its own; None where val is cut from the names.
        left_out: number of names of the val file that were left out.
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
    shares: Shares = NOTEBOOK
    validation: "Names | None" = None
    left_out: int = 0

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
        if distinct and counts is not None:
            names, counts = add_counts(read.title, names, counts)
        elif distinct:
            names = tuple(dict.fromkeys(names))
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

    @cached_property
    def symbols(self) -> int:
        """Number of symbols of the distinct names: their characters, and one end a name."""
        return sum(len(name) + 1 for name in set(self.names))

    def vocabulary(self) -> Vocabulary:
        """Return the vocabulary: the end symbol, then the sorted set of the names' characters.

        Raises:
            DataError: the names hold one character only, from which nothing can be learnt.
        """
        if len(self._vocabulary) < 3:
            raise DataError(f"{self.source}: {self._vocabulary.symbols[1]!r} is the only character")
        return self._vocabulary

    @cached_property
    def _vocabulary(self) -> Vocabulary:
        return Vocabulary.of(self.names)

    def splits(self) -> dict[str, Split]:
        """Shuffle the names and cut them into train, val and test, as ``cut_splits`` says.

        Every call shuffles the names again, with equal results; a run therefore calls this method
        once and keeps the splits.

        Raises:
            DataError: a split would be empty, or larger than a bundle may hold.
        """
        validation = self.validation.whole if self.validation else None
        return cut_splits(self.source, self.whole, self.shares, validation)

    def choices(self) -> dict[str, object]:
        """Return the choices, by option, that make other splits of one file, unless they are usual.

        Returns:
            ``lower`` and ``weights``: True; ``column``: its name; ``split``: the shares;
            ``val_data``: SHA-256 of the val file.
        """
        chosen: dict[str, object] = {}
        if self.lower:
            chosen["lower"] = True
        if self.column:
            chosen["column"] = self.column
        if self.counts is not None:
            chosen["weights"] = True
        if self.shares != NOTEBOOK:
            chosen["split"] = [*self.shares.numbers]
        if self.validation:
            chosen["val_data"] = self.validation.sha256
        return chosen

    @property
    def whole(self) -> Split:
        """All names; where they have counts, each name once, with the sum of its counts."""
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
    whole = validation.whole
    places = [i for i, name in enumerate(whole) if known.issuperset(name)]
    others = len(whole) - len(places)
    if others and not skip_invalid:
        name = next(name for name in whole if not known.issuperset(name))
        wrong = next(character for character in name if character not in known)
        raise DataError(
            f"{validation.source}: {name!r} holds {wrong!r}, which no name of the training file"
            f" holds; names with such characters: {others:,}; --skip-invalid leaves them out"
        )
    if not places:
        raise DataError(f"{validation.source}: every name holds a character that train lacks")
    kept = whole.at(places)
    counts = None if kept.counts is None else tuple(kept.counts.tolist())
    return replace(validation, names=tuple(kept), counts=counts), others
