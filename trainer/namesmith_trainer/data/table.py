"""``Table``: the columns of a text, of which one holds the names and one may hold their counts."""

import csv
import io
import shlex
from dataclasses import dataclass

from namesmith.quoting import quoted
from namesmith_trainer.data.errors import DataError
from namesmith_trainer.data.headings import COUNT_HEADINGS, NAME_HEADINGS

DELIMITERS = {"\t": "tabs", ",": "commas", ";": "semicolons", "|": "bars"}
"""Characters between two columns, and their names in messages."""

DIGITS = 9
"""Largest number of digits of a column's number."""


@dataclass(frozen=True)
class Table:
    """The columns of a text.

    Attributes:
        delimiter: character between two columns; empty for a list of one name a line.
        width: number of columns.
        headings: texts of the first line, where the first line is a heading; else empty.
        counts: indexes of the columns that hold counts, by their heading or their whole numbers.
        numbers: indexes of the other columns that mostly hold numbers of any kind.
        example: cells of the first line below the headings; none where no line stands there.
        may_have_headings: whether no text of the first line stands again below it.
    """

    delimiter: str
    width: int
    headings: tuple[str, ...] = ()
    counts: tuple[int, ...] = ()
    numbers: tuple[int, ...] = ()
    example: tuple[str, ...] = ()
    may_have_headings: bool = False

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
        named = [i for i in named if i not in {*self.counts, *self.numbers}] or named
        plain = [i for i in named if self.headings[i].lower() in {"name", "names"}]
        named = plain[:1] or named
        no_texts = {*self.counts, *(self.numbers if weights else ())}
        texts = named or [i for i in range(self.width) if i not in no_texts]
        option = f"--column {shlex.quote(self.shown(texts[0] if texts else 0))}"
        if self.counts and not weights:
            raise DataError(
                f"is a table of {self.width} columns with counts, as in {self._line}: --weights"
                f" reads names and counts, {option} the names alone"
            )
        if len(texts) == 1:
            return texts[0]
        raise DataError(
            f"is a table of {self.width} columns between {DELIMITERS[self.delimiter]}, as in"
            f" {self._line}: {self._advice(texts[0] if texts else 0)}; a name that holds the"
            " character stands in quotation marks"
        )

    def column_of_counts(self, names: int) -> int:
        """Return the index of the column that holds the counts of the names.

        Args:
            names: index of the column of names.

        Raises:
            DataError: no column holds numbers, or several do and none has a known heading.
        """
        counts = [i for i in self.counts if i != names]
        if self.headings:
            known = [i for i in counts if self.headings[i].lower() in COUNT_HEADINGS]
            counts = known or counts
        counts = counts or [i for i in self.numbers if i != names]
        if len(counts) == 1:
            return counts[0]
        if counts:
            columns = " and ".join(map(self.shown, counts))
            raise DataError(
                f"--weights: the columns {columns} hold numbers, as in {self._line}: leave one, or"
                " give it the heading count"
            )
        others = [i for i in range(self.width) if i != names]
        if not others:
            raise DataError(
                f"--weights: no counts stand beside the names, as in {self._line}; a line such as"
                " 'anna,12' has one"
            )
        told = ", ".join(f"{self.shown(i)} holds {quoted(self.example[i])}" for i in others[:3])
        raise DataError(f"--weights: no column holds counts: the column {told}, no whole number")

    def shown(self, index: int) -> str:
        """Return the heading of a column, or its number from 1 where it has none."""
        return (self.headings[index] if self.headings else "") or str(index + 1)

    @property
    def _line(self) -> str:
        """The example as a line in quotes."""
        out = io.StringIO()
        csv.writer(out, delimiter=self.delimiter or ",", lineterminator="").writerow(self.example)
        return quoted(out.getvalue() if self.delimiter else self.example[0], 200)

    def _advice(self, index: int) -> str:
        """Return the option that takes the names of a column, with its heading if it has one."""
        if self.headings:
            return f"--column {shlex.quote(self.shown(index))} takes the names of one"
        number = f"--column {index + 1} takes the names of one"
        if not self.may_have_headings:
            return number
        heading = shlex.quote(self.example[index])
        return f"{number}, --column {heading} those below this heading"

    def _asked_for(self, column: str) -> int:
        """Return the index of a column by its heading, or by its number from 1."""
        for i, heading in enumerate(self.headings):
            if heading.lower() == column.lower():
                return i
        is_number = column.isascii() and column.isdecimal() and len(column) <= DIGITS
        if is_number and 1 <= int(column) <= self.width:
            return int(column) - 1
        known = ", ".join(self.headings or map(str, range(1, self.width + 1)))
        shown = column if len(column) <= 2 * DIGITS else quoted(column)
        raise DataError(f"--column {shown}: is none of the columns, which are {known}")
