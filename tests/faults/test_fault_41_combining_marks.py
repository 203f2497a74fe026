"""Text that Unicode's composition takes quadratic time for does not stop the server."""

import pytest

from flooding import MOST_MIB, PROMPT, flood, watched
from namesmith.v1 import names_pb2 as pb
from processes import running

MARKS = {
    "two classes": "\u0301\u0323" * 512,
    "one that is two": "\u0344" * 1_024,
    "two without a class": "\u0f73\u0f71" * 512,
    "behind a letter": "a" + "\u0323\u0301" * 511,
    "many short rows": ("a" + "\u0323\u0301" * 15) * 33,
}


@pytest.mark.slow
@pytest.mark.parametrize("kind", MARKS)
def test_fault_41_marks_do_not_stop_the_event_loop(kind: str) -> None:
    """300 calls of 97 forbidden names, and 20 of 1,500 names, are refused; health is answered."""
    forbidden = pb.GenerateNamesRequest(
        count=1, constraint=pb.Constraint(forbidden=[MARKS[kind]] * 97)
    )
    scored = pb.ScoreNamesRequest(names=[MARKS[kind]] * 1_500)
    with running() as server, watched(server) as watch:
        statuses = flood(
            server.address, "GenerateNames", [forbidden.SerializeToString()] * 300, connections=4
        )
        statuses += flood(
            server.address, "ScoreNames", [scored.SerializeToString()] * 20, connections=2
        )
    assert statuses.keys() <= {"INVALID_ARGUMENT", "RESOURCE_EXHAUSTED"}
    assert sum(statuses.values()) == 320
    assert watch.slowest < PROMPT
    assert watch.peak_mib < MOST_MIB
