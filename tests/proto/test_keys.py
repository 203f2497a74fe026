"""The numbers of the scheme of keys, and secrets in files."""

import math
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from namesmith.keys import bearable_keys
from namesmith.secret import read_secret


@given(st.floats(0, 1, exclude_min=True))
def test_bearable_keys_are_the_most_whose_expected_pairs_are_half(probability: float) -> None:
    """One key more has an expectation above one half, unless the number is at its bound."""
    n, p = bearable_keys(probability), Fraction(probability)
    assert Fraction(n * (n - 1), 2) * p <= Fraction(1, 2)
    assert n == 2**62 or Fraction(n * (n + 1), 2) * p > Fraction(1, 2)


def test_the_bounds_of_bearable_keys() -> None:
    """Names that are all the same bear one key, names that never collide as many as there are."""
    assert (bearable_keys(1), bearable_keys(0)) == (1, 2**62)
    assert bearable_keys(math.nextafter(0.5, 0)) == 2


@pytest.mark.parametrize("end", [b"", b"\n", b"\r\n"])
def test_a_newline_at_the_end_is_no_part_of_a_secret(tmp_path: Path, end: bytes) -> None:
    """An editor adds one; a second one counts, and so do blanks."""
    path = tmp_path / "secret"
    for secret in (b"s" * 16, b" \n\x00" * 10 + b"\n.", b"s" * 1_024):
        path.write_bytes(secret + end)
        assert read_secret(path) == secret


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"s" * 15 + b"\n", "15 bytes, a secret has at least 16"),
        (b"", "0 bytes"),
        (b"s" * 1_025, "more than 1024 bytes"),
        (b"s" * 10_000, "more than 1024 bytes"),
    ],
)
def test_a_secret_has_a_size(tmp_path: Path, content: bytes, told: str) -> None:
    """The error tells the size, and nothing of the content."""
    path = tmp_path / "secret"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=told) as caught:
        read_secret(path)
    assert "ss" not in str(caught.value)
