"""Ranges of rows, and parts of them, as options give them."""

import re

import click

from namesmith.limits import MAX_ROW

RANGE = re.compile(r"([0-9]{1,19}):([0-9]{1,19})")
PART = re.compile(r"([0-9]{1,19})/([0-9]{1,19})")


class RowRange(click.ParamType[range]):
    """A range of rows, FIRST:END."""

    name = "rows"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> range:
        """Read a range."""
        found = RANGE.fullmatch(str(value))
        if found is None:
            self.fail(f"{value} is not FIRST:END, such as 0:1000000", param, ctx)
        rows = range(int(found[1]), int(found[2]))
        if not rows.start < rows.stop <= MAX_ROW:
            self.fail(f"{value}: FIRST < END <= 2^62 is expected", param, ctx)
        return rows


class PartNumber(click.ParamType[tuple[int, int]]):
    """A part of a range of rows, I/PARTS."""

    name = "part"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, int]:
        """Read the number of a part, and the number of parts."""
        found = PART.fullmatch(str(value))
        if found is None or not int(found[1]) < int(found[2]):
            self.fail(f"{value} is not I/PARTS with I < PARTS, such as 0/40", param, ctx)
        return int(found[1]), int(found[2])


def part_of(rows: range, number: int, parts: int) -> range:
    """Return one of as many parts of rows, whose sizes differ by one row at most.

    Raises:
        click.UsageError: there are fewer rows than parts.
    """
    if parts > len(rows):
        raise click.UsageError(f"--part: {len(rows)} rows have no {parts} parts")
    cuts = (rows.start + len(rows) * i // parts for i in (number, number + 1))
    return range(*cuts)
