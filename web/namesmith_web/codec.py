"""JSON of requests and responses, whose faults are told in the words of the service."""

from typing import TypeVar

from connectrpc.code import Code
from connectrpc.codec import Codec
from connectrpc.errors import ConnectError, ErrorDetail
from google.protobuf.json_format import MessageToJson, ParseDict, ParseError
from google.protobuf.message import Message
from google.rpc import error_details_pb2
from protobuf.wkt import Any as WireAny

from namesmith_web.json_faults import BODY, Fault, NoJsonError, faults, read

M = TypeVar("M", bound=Message)


class JsonCodec(Codec[Message, M]):
    """Protobuf's JSON; a field that no message has is refused, as a misspelt one would be lost."""

    def name(self) -> str:
        """Return the name of the encoding in content types."""
        return "json"

    def encode(self, message: Message) -> bytes:
        """Return a message as JSON, with the end of line that a shell needs."""
        return MessageToJson(message).encode() + b"\n"

    def decode(self, data: bytes | bytearray, message_class: type[M]) -> M:
        """Return a message.

        Raises:
            ConnectError: the data is not JSON, or not of this message; every fault is told.
        """
        try:
            value = read(data, message_class.DESCRIPTOR)
        except NoJsonError as error:
            raise refusal([(BODY, str(error))]) from None
        found = list(faults(message_class.DESCRIPTOR, value))
        if found:
            raise refusal(found)
        try:
            return ParseDict(value, message_class())
        except (ParseError, ValueError, TypeError, RecursionError):
            name = message_class.DESCRIPTOR.name
            raise refusal([(BODY, f"is not the JSON of {name}")]) from None


def refusal(found: list[Fault]) -> ConnectError:
    """Return the error that tells faults, with the details that the service's own errors have."""
    info = error_details_pb2.ErrorInfo(reason="INVALID_ARGUMENT", domain="namesmith")
    bad = error_details_pb2.BadRequest()
    for field, told in found:
        bad.field_violations.add(field=field, description=told)
    details = [
        ErrorDetail(
            WireAny(
                type_url=f"type.googleapis.com/{one.DESCRIPTOR.full_name}",
                value=one.SerializeToString(),
            )
        )
        for one in (info, bad)
    ]
    message = "; ".join(f"{field}: {told}" for field, told in found[:5])
    return ConnectError(Code.INVALID_ARGUMENT, message, details)
