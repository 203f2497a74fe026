"""Tests of the warnings about lists that hold more than names."""

import pytest

from namesmith_trainer.data import oddity


@pytest.mark.parametrize(
    ("names", "warning"),
    [
        (("1 anna", "12 bob"), "each line begins with a number"),
        (("ANNA   1.006  1.006  1", "BOB    0.5    0.7    2"), "each line ends in a number"),
        (("anna", "3 bob"), None),
        (("100", "101"), None),
        (("Smith John",), None),
    ],
)
def test_numbers_in_all_lines_are_odd(names: tuple[str, ...], warning: str | None) -> None:
    """Lists that ``uniq -c`` or a census writes are told from lists of names."""
    told = oddity(names)
    assert told == warning or (warning and told and told.startswith(warning))
