"""The sizes of docs/api.md are the constants that the server keeps to."""

from pathlib import Path

from bounds import faults
from namesmith import limits
from namesmith_server.app.transport.server import MAX_CONCURRENT_CALLS

PAGE = Path(__file__).parents[3] / "docs" / "api.md"

MIB = 1 << 20

FOREIGN = 4
"""Largest message in MiB that a client of gRPC reads unless it is told otherwise:
https://github.com/grpc/grpc/blob/master/include/grpc/impl/channel_arg_names.h."""

PHRASES = (
    f"| a request | {limits.MAX_MESSAGE_BYTES // MIB} MiB decompressed",
    f"| a request that is no list of names | {limits.MAX_QUESTION_BYTES // MIB} MiB |",
    f"| metadata of a call | {limits.MAX_METADATA_BYTES >> 10} KiB |",
    f"| a response, or a message of a stream | {limits.MAX_RESPONSE_BYTES // MIB} MiB;",
    f"| calls in progress on a connection | {MAX_CONCURRENT_CALLS};",
    f"Clients of gRPC read messages of up to {FOREIGN} MiB unless they are told otherwise:",
    f"{limits.MAX_GENERATED_NAMES} names take about 0.8 MiB, and 1.6 MiB",
    f"each character of {limits.MAX_SCORED_NAMES} names take {FOREIGN} MiB, and more",
    f"`MaxCallRecvMsgSize`) to {limits.MAX_RESPONSE_BYTES // MIB} MiB",
    "64-bit integers",
)
"""The words of the page with each size, and those with measured ones."""


def test_sizes_are_those_of_the_limits() -> None:
    """The section has every size of the server, and the smaller one of foreign clients' reads."""
    section = PAGE.read_text().partition("## Sizes\n")[2].partition("\n## ")[0]
    assert faults(section, PHRASES) == []
