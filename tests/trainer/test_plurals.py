"""Tests of numbers with their nouns."""

import pytest

from namesmith_trainer.plurals import counted


@pytest.mark.parametrize(
    ("number", "told"), [(0, "0 names"), (1, "1 name"), (2, "2 names"), (12_345, "12,345 names")]
)
def test_one_alone_has_no_s(number: int, told: str) -> None:
    """Every other number has, and thousands are separated."""
    assert counted(number, "name") == told
