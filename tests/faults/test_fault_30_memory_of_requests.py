"""Small requests that would be large objects: memory is bounded and others are answered."""

import pytest

from flooding import MOST_MIB, PROMPT, flood, watched
from processes import running


def delimited(tag: int, payload: bytes) -> bytes:
    """Return a record with a length."""
    size, varint = len(payload), bytearray()
    while size > 0x7F:
        varint.append(size & 0x7F | 0x80)
        size >>= 7
    return bytes((tag, *varint, size)) + payload


MIB = 1 << 20
FLOODS = {
    "empty names": ("ScoreNames", b"\x12\x00" * (2 * MIB)),
    "empty names in evaluation": ("EvaluateNames", b"\x12\x00" * (2 * MIB - 4)),
    "empty forbidden": ("GenerateNames", b"\x10\x01" + delimited(0x2A, b"\x3a\x00" * (MIB - 9))),
    "forbidden in parts": ("StreamNames", b"\x10\x01" + delimited(0x2A, b"\x3a\x00" * 9_000) * 110),
    "unknown fields": ("ScoreNames", b"\x18\x00\x20\x00" * MIB),
    "one model over and over": ("MeasureConstraint", b"\x0a\x03\x0a\x01a" * (MIB // 3)),
    "groups": ("ListTopNames", b"\x2b\x2c" * (MIB - 9)),
    "zeros": ("EvaluateSplit", bytes(64 * MIB)),
}
"""Method and request of each flood."""


@pytest.mark.slow
@pytest.mark.parametrize("connections", [1, 8])
@pytest.mark.parametrize("zipped", [False, True])
@pytest.mark.parametrize("name", FLOODS)
def test_fault_30_memory_is_bounded_under_floods(
    name: str, *, zipped: bool, connections: int
) -> None:
    """140 calls, all refused: memory stays near the idle server's, and health is answered."""
    method, raw = FLOODS[name]
    with running() as server, watched(server) as watch:
        statuses = flood(
            server.address, method, [raw] * 140, connections=connections, zipped=zipped
        )
    assert statuses.keys() <= {"INVALID_ARGUMENT", "RESOURCE_EXHAUSTED"}
    assert sum(statuses.values()) == 140
    assert watch.peak_mib < MOST_MIB
    assert watch.slowest < PROMPT


def test_fault_30_a_bomb_of_a_few_kilobytes_is_refused() -> None:
    """A message that gzip would make gigabytes of takes no memory."""
    method, raw = FLOODS["empty names"]
    with running() as server, watched(server) as watch:
        statuses = flood(server.address, method, [raw * 16] * 40, connections=2, zipped=True)
    assert statuses == {"RESOURCE_EXHAUSTED": 40}
    assert watch.peak_mib < 60
