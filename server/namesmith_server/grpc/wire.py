"""The bytes of the wire: names as records of a response, and requests whose bytes are no message.

Names never become objects: the codec writes the bytes that protobuf would write for the names.
"""

from collections.abc import Callable, Sequence
from typing import Any

import grpc
from google.protobuf.message import DecodeError, Message

from namesmith.v1 import names_pb2 as pb
from namesmith_server.engine import Codec, EncodedNames
from namesmith_server.grpc.errors import InvalidArgumentError, Violation

MALFORMED = object()
"""The object that stands for bytes which are no message of the call."""

LENGTH_DELIMITED = 2
"""Wire type of a string in protobuf's encoding, https://protobuf.dev/programming-guides/encoding."""

NAMES_TAG = pb.GenerateNamesResponse.NAMES_FIELD_NUMBER << 3 | LENGTH_DELIMITED
"""Header byte of each name in the responses of GenerateNames, StreamNames and ListTopNames."""


def serialize_names(codec: Codec, names: EncodedNames, rest: Message) -> bytes:
    """Serialize a response: its names as records, and its other fields in ``rest``.

    Protobuf merges concatenated messages, so that records and ``rest`` together are one response.
    """
    return codec.records(names, NAMES_TAG) + rest.SerializeToString()


class RawBytesServer:
    """Adds services to a server, for handlers that may return serialized responses.

    A request whose bytes are no message reaches its handler as ``MALFORMED``: gRPC itself would
    answer with the name and the words of its parser's exception.
    """

    def __init__(self, server: grpc.aio.Server) -> None:
        self._server = server

    def add_generic_rpc_handlers(self, handlers: Sequence[grpc.GenericRpcHandler]) -> None:
        """Do nothing: generated code calls ``add_registered_method_handlers`` next."""

    def add_registered_method_handlers(self, service: str, handlers: dict[str, Any]) -> None:
        """Add the methods of a service."""
        tolerant = {
            name: handler._replace(
                request_deserializer=_tolerant(handler.request_deserializer),
                response_serializer=_serialized,
            )
            for name, handler in handlers.items()
        }
        generic = grpc.method_handlers_generic_handler(service, tolerant)
        self._server.add_generic_rpc_handlers((generic,))


def require_message(request: object) -> None:
    """Check a request, or one message of a stream of requests.

    Raises:
        InvalidArgumentError: the bytes of the request are no message of the call.
    """
    if request is MALFORMED:
        raise InvalidArgumentError([Violation("request", "is not a message of this call")])


def _tolerant(parse: Callable[[bytes], Message]) -> Callable[[bytes], object]:
    def read(raw: bytes) -> object:
        try:
            return parse(raw)
        except DecodeError:
            return MALFORMED

    return read


def _serialized(response: Message | bytes) -> bytes:
    return response if isinstance(response, bytes) else response.SerializeToString()
