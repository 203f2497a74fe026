"""The part of the answer to one call that has been read."""

import base64
from dataclasses import dataclass, field
from urllib.parse import unquote

import grpc
from google.rpc import error_details_pb2
from google.rpc.status_pb2 import Status

CODES = {code.value[0]: code.name for code in grpc.StatusCode}


@dataclass
class Answer:
    """The part of the answer to one call that has been read.

    Attributes:
        headers: the headers that the server sent first.
        trailers: the headers that ended the answer.
        body: bytes of the messages with their prefixes, as far as read.
        reset: error code with which the server reset the stream; None: it did not.
        ended: True if the server will send no more.
    """

    headers: dict[str, str] = field(default_factory=dict)
    trailers: dict[str, str] = field(default_factory=dict)
    body: bytearray = field(default_factory=bytearray)
    reset: int | None = None
    ended: bool = False

    @property
    def status(self) -> str:
        """Name of the gRPC code, ``RESET n``, ``HTTP n`` or ``UNANSWERED``."""
        trailers = self.trailers or self.headers
        if "grpc-status" in trailers:
            return CODES.get(int(trailers["grpc-status"]), trailers["grpc-status"])
        if self.reset is not None:
            return f"RESET {self.reset}"
        return f"HTTP {trailers.get(':status')}" if self.ended else "UNANSWERED"

    @property
    def text(self) -> str:
        """The message of the status; empty without one."""
        return unquote((self.trailers or self.headers).get("grpc-message", ""))

    @property
    def details(self) -> Status:
        """The rich status (google.rpc); an empty one where the server sent none."""
        raw = (self.trailers or self.headers).get("grpc-status-details-bin", "")
        return Status.FromString(base64.b64decode(raw + "=" * (-len(raw) % 4)))

    @property
    def reason(self) -> str:
        """Reason of the ErrorInfo among the details; empty without one."""
        info = error_details_pb2.ErrorInfo()
        return next((info.reason for one in self.details.details if one.Unpack(info)), "")

    @property
    def messages(self) -> list[bytes]:
        """The whole messages that were read."""
        found, at = [], 0
        while at + 5 <= len(self.body):
            end = at + 5 + int.from_bytes(self.body[at + 1 : at + 5], "big")
            if end > len(self.body):
                break
            found.append(bytes(self.body[at + 5 : end]))
            at = end
        return found
