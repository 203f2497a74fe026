"""A message at the limit is read, one byte more is refused."""

import pytest

from hostile import connect, message, zipped_message
from namesmith.limits import MAX_MESSAGE_BYTES
from namesmith.v1.names_pb2 import ScoreNamesRequest
from processes import running


@pytest.mark.parametrize("zipped", [False, True])
def test_fault_29_a_message_past_the_limit_is_refused(*, zipped: bool) -> None:
    """RESOURCE_EXHAUSTED past the limit, decompressed; at the limit its content is judged."""
    framed = zipped_message if zipped else message
    at_limit = ScoreNamesRequest(names=[_padding(MAX_MESSAGE_BYTES - 5)]).SerializeToString()
    assert len(at_limit) == MAX_MESSAGE_BYTES
    with running() as server, connect(server.address) as attacker:
        for raw, status in (
            (at_limit, "INVALID_ARGUMENT"),  # a name of four million characters
            (at_limit + b"\x18", "RESOURCE_EXHAUSTED"),
            (ScoreNamesRequest(names=["ana"]).SerializeToString(), "OK"),
        ):
            call = attacker.call(
                "namesmith.v1.NameService/ScoreNames",
                framed(raw),
                encoding="gzip" if zipped else "",
            )
            assert attacker.read(call, 30).status == status


def test_fault_29_a_declared_length_past_the_limit_is_refused_at_once() -> None:
    """Nobody waits for the bytes of a message that would be refused."""
    with running() as server, connect(server.address) as attacker:
        for declared in (MAX_MESSAGE_BYTES + 1, 1 << 30, 2**32 - 1):
            stream = attacker.call("namesmith.v1.NameService/GenerateNames")
            attacker.send(stream, message(b"abc", declared=declared))
            assert attacker.read(stream).status == "RESOURCE_EXHAUSTED"


def _padding(size: int) -> str:
    return "a" * size
