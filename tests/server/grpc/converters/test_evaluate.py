"""Requests for scores: names too many, too long or misspelt are refused."""

from typing import Any

import grpc
import pytest

from namesmith.v1.names_pb2 import ScoreNamesRequest
from refusals import refusal

MEGABYTE = "a" * 2**20


@pytest.mark.parametrize(
    ("given", "field", "description"),
    [
        ([], "names", "0 names, 1 to 100000 are allowed"),
        (["a"] * 100_001, "names", "100001 names, 1 to 100000 are allowed"),
        (["ana", "an1a"], "names[1]", "character '1' at position 2 is not in the vocabulary"),
        (["a.b"], "names[0]", "character '.' at position 1 is not in the vocabulary"),
        (["a\nb"], "names[0]", "character '\\n' at position 1 is not in the vocabulary"),
        (["a", "a" * 1025], "names[1]", "1025 characters, at most 1024 are allowed"),
        ([MEGABYTE], "names[0]", "1048576 characters, at most 1024 are allowed"),
        (["a" * 1000] * 2001, "names", "2001000 characters, at most 2000000 are allowed in a call"),
    ],
)
async def test_names_out_of_bounds_are_refused(
    names: Any, given: list[str], field: str, description: str
) -> None:
    """The violation names the place of a bad name, and the next call works."""
    code, _, violations, _ = await refusal(names.ScoreNames(ScoreNamesRequest(names=given)))
    assert code is grpc.StatusCode.INVALID_ARGUMENT
    assert list(violations) == [field]
    assert violations[field].startswith(description)
    assert len((await names.ScoreNames(ScoreNamesRequest(names=["ana"]))).scores) == 1
