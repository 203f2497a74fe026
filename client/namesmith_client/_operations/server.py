"""The server itself."""

from dataclasses import dataclass

from namesmith.v1 import server_pb2
from namesmith_client._calls import UnaryCall

__all__ = ["Server"]


@dataclass(frozen=True, slots=True)
class Server:
    """A server, and the bounds of the calls that it answers.

    Attributes:
        version: version of namesmith that the server runs, such as "0.2.0".
        max_symbols: largest product of count and max_length of a call that is no stream.
        max_names: number of names that all calls together may have in work.
        max_message_bytes: bytes of the largest request, decompressed.
        excludes_sha256: SHA-256 of the texts that the server excludes from every name, hexadecimal;
            empty: there are none. Names depend on these texts.
    """

    version: str
    max_symbols: int
    max_names: int
    max_message_bytes: int
    excludes_sha256: str = ""


def server() -> UnaryCall[Server]:
    """Describe the server: its version, its bounds, and the hash of its excluded texts.

    Raises:
        NamesmithError: the call failed; for the subclasses see ``namesmith_client.errors``.
    """
    return UnaryCall(
        lambda stubs: stubs.server.GetServer,
        server_pb2.GetServerRequest(),
        lambda response: Server(
            response.version,
            response.max_symbols,
            response.max_names,
            response.max_message_bytes,
            response.excludes_sha256,
        ),
    )
