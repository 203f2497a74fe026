"""``Table``: the columns of a text, of which one holds the names and one may hold their counts."""

from dataclasses import dataclass

from namesmith_trainer.data.errors import DataError

DELIMITERS = {"\t": "tabs", ",": "commas", ";": "semicolons", "|": "bars"}
"""Characters between two columns, and their names in messages."""

NAME_HEADINGS = frozenset({"name", "names"})
"""Headings of the column of names, in lower case."""

COUNT_HEADINGS = frozenset({"count", "counts", "number", "frequency", "freq", "weight", "n"})
"""Headings of the column of counts, in lower case."""


@dataclass(frozen=True)
class Table:
    """The columns of a text.

    Attributes:
        delimiter: character between two columns; empty for a list of one name a line.
        width: number of columns.
        headings: texts of the first line, where the first line is a heading; else empty.
        counts: indexes of the columns that hold whole numbers.
        example: first line below the headings, for messages.
    """

    delimiter: str
    width: int
    headings: tuple[str, ...] = ()
    counts: tuple[int, ...] = ()
    example: str = ""

    def column_of_names(self, column: str | None, *, weights: bool) -> int:
        """Return the index of the column that holds the names.

        Args:
            column: heading or number, from 1, of the column that is asked for; None for the one
                that is called ``name``, or that alone is left beside the counts.
            weights: whether the counts are asked for.

        Raises:
            DataError: there is no such column, or the text does not say which it is.
        """
        if column is not None:
            return self._asked_for(column)
        named = [i for i, one in enumerate(self.headings) if one.lower() in NAME_HEADINGS]
        texts = named or [i for i in range(self.width) if i not in self.counts]
        option = f"--column {self.shown(texts[0] if texts else 0)}"
        if self.counts and not weights:
            raise DataError(
                f"is a table of {self.width} columns with counts, as in {self.example!r}: --weights"
                f" reads names and counts, {option} the names alone"
            )
        if named or len(texts) == 1:
            return texts[0]
        raise DataError(
            f"is a table of {self.width} columns between {DELIMITERS[self.delimiter]}, as in"
            f" {self.example!r}: {option} takes the names of one; a name that holds the character"
            " stands in quotation marks"
        )

    def column_of_counts(self, names: int) -> int:
        """Return the index of the column that holds the counts of the names.

        Args:
            names: index of the column of names.

        Raises:
            DataError: no column holds whole numbers, or several do and none has a known heading.
        """
        counts = [i for i in self.counts if i != names]
        if self.headings:
            known = [i for i in counts if self.headings[i].lower() in COUNT_HEADINGS]
            counts = known or counts
        if len(counts) == 1:
            return counts[0]
        if not counts:
            raise DataError(
                f"--weights: no counts stand beside the names, as in {self.example!r}; a line such"
                " as 'anna,12' has one"
            )
        columns = " and ".join(map(self.shown, counts))
        raise DataError(
            f"--weights: the columns {columns} hold whole numbers, as in {self.example!r}: leave"
            " one, or give it the heading count"
        )

    def shown(self, index: int) -> str:
        """Return the heading of a column, or its number from 1 where there are no headings."""
        return self.headings[index] if self.headings else str(index + 1)

    def _asked_for(self, column: str) -> int:
        """Return the index of a column by its heading, or by its number from 1."""
        for i, heading in enumerate(self.headings):
            if heading.lower() == column.lower():
                return i
        if column.isascii() and column.isdecimal() and 1 <= int(column) <= self.width:
            return int(column) - 1
        known = ", ".join(self.headings or map(str, range(1, self.width + 1)))
        raise DataError(f"--column {column}: is none of the columns, which are {known}")
