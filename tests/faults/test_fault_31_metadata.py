"""Metadata has a bound, in one frame or in many."""

import pytest

from flooding import memory_mib
from hostile import CONTINUATION, HEADERS, connect, frame, message
from namesmith.v1.names_pb2 import GenerateNamesRequest
from processes import running

METHOD = "namesmith.v1.NameService/GenerateNames"
ASKED = message(GenerateNamesRequest(count=1).SerializeToString())


@pytest.mark.parametrize(
    "metadata",
    [
        [("k", "v" * 21_000)],
        [("k", "v" * 210_000)],
        [(f"k{i}", "v" * 1_000) for i in range(21)],
        [(f"k{i}", "v" * 1_000) for i in range(210)],
        [(f"k{i}", "") for i in range(3_000)],
    ],
    ids=["one of 21 KB", "one of 210 KB", "21 of 1 KB", "210 of 1 KB", "3,000 empty"],
)
def test_fault_31_large_metadata_is_refused(metadata: list[tuple[str, str]]) -> None:
    """A clear status, and the next call of the same connection is answered."""
    with running() as server, connect(server.address) as attacker:
        answer = attacker.read(attacker.call(METHOD, ASKED, metadata=metadata))
        assert answer.status == "RESOURCE_EXHAUSTED"
        small = attacker.call(METHOD, ASKED, metadata=[("k", "v" * 4_000)])
        assert attacker.read(small).status == "OK"


def test_fault_31_headers_without_an_end_take_no_memory() -> None:
    """CONTINUATION frames that never end are not kept; other connections are answered."""
    with running() as server, connect(server.address) as attacker:
        before = memory_mib(server, "VmRSS")
        field = b"\x00\x01k\x7f\x81\x78" + b"v" * 15_488  # a literal of 15,488 bytes
        attacker.raw(frame(HEADERS, 0, 1, field))
        for _ in range(4_000):
            if not attacker.raw(frame(CONTINUATION, 0, 1, field)):
                break
        assert memory_mib(server, "VmRSS") - before < 40
        with connect(server.address) as other:
            assert other.read(other.call(METHOD, ASKED)).status == "OK"
