"""Requests of every method, and the rule for their answers: OK, or a documented code and reason."""

import math
from dataclasses import dataclass

import grpc
from google.protobuf.descriptor import Descriptor, FieldDescriptor, MethodDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from google.rpc import error_details_pb2
from google.rpc.status_pb2 import Status
from grpc_health.v1 import health_pb2
from hypothesis import strategies as st

from fuzzing.messages import messages
from fuzzing.watched import WatchedServer
from namesmith.v1 import models_pb2, names_pb2, server_pb2
from namesmith_server.grpc.oip import inference_pb2

SECONDS = 5.0
"""Deadline of a call, in seconds."""

MOST_RESPONSES = {"StreamNames": 2}
"""Number of responses that are read before a call is cancelled; 1 of other methods."""

INFERENCE = inference_pb2.DESCRIPTOR.services_by_name["GRPCInferenceService"]

SERVICES = (
    names_pb2.DESCRIPTOR.services_by_name["NameService"],
    models_pb2.DESCRIPTOR.services_by_name["ModelService"],
    server_pb2.DESCRIPTOR.services_by_name["ServerService"],
    health_pb2.DESCRIPTOR.services_by_name["Health"],
    INFERENCE,
)
LEFT_OUT = {
    "List",  # of the health service; see its own test
    *(method.name for method in INFERENCE.methods if "Infer" not in method.name),
}
"""Names of the methods that are not fuzzed: those whose requests have nothing in them but names."""

METHODS = {
    f"{service.full_name}.{method.name}": method
    for service in SERVICES
    for method in service.methods
    if method.name not in LEFT_OUT
}

TYPED = {
    "INVALID_ARGUMENT",
    "NOT_FOUND",
    "FAILED_PRECONDITION",
    "RESOURCE_EXHAUSTED",
    "UNAVAILABLE",
    "DEADLINE_EXCEEDED",
}
"""Codes of the errors that the documents name."""

OWN = ("namesmith.", "inference.")
"""Beginnings of the services whose errors carry an ErrorInfo; the health service is gRPC's own."""


@dataclass(frozen=True)
class Outcome:
    """The status of a call, with its reason, and its responses."""

    code: str
    reason: str
    responses: list[bytes]


def call(server: WatchedServer, method: MethodDescriptor, requests: list[bytes]) -> Outcome:
    """Call a method with raw bytes, and cancel it where it goes on."""
    path = f"/{method.containing_service.full_name}/{method.name}"
    raw = server.channel.stream_stream(path)(iter(requests), timeout=SECONDS)
    responses: list[bytes] = []
    try:
        for response in raw:
            responses.append(response)
            if method.server_streaming and len(responses) == MOST_RESPONSES.get(method.name, 1):
                raw.cancel()
                return Outcome("OK", "", responses)
    except grpc.RpcError as error:
        trailing = dict(error.trailing_metadata() or ())
        status = Status.FromString(trailing.get("grpc-status-details-bin", b""))
        info = error_details_pb2.ErrorInfo()
        reasons = [info.reason for detail in status.details if detail.Unpack(info)]
        return Outcome(error.code().name, "".join(reasons), responses)
    return Outcome("OK", "", responses)


def check_request(server: WatchedServer, method: MethodDescriptor, *requests: bytes) -> None:
    """Hold the outcome of a call to OK with numbers, or to a documented code with a reason."""
    outcome = call(server, method, list(requests))
    if outcome.code == "OK":
        kind = GetMessageClass(method.output_type)
        for response in outcome.responses:
            assert_numbers(kind.FromString(response))
        return
    assert outcome.code in TYPED, outcome
    # A deadline may pass on the client's own clock, before the server tells.
    is_own = method.containing_service.full_name.startswith(OWN)
    assert outcome.reason or not is_own or outcome.code == "DEADLINE_EXCEEDED", outcome


def assert_numbers(message: Message) -> None:
    """Hold every float of a message to be a number."""
    for field, value in message.ListFields():
        values = value if field.is_repeated else [value]
        if field.type == FieldDescriptor.TYPE_MESSAGE:
            if not field.message_type.GetOptions().map_entry:
                for one in values:
                    assert_numbers(one)
        elif field.cpp_type in {FieldDescriptor.CPPTYPE_DOUBLE, FieldDescriptor.CPPTYPE_FLOAT}:
            assert not any(map(math.isnan, values)), field.full_name


def serialized(descriptor: Descriptor) -> st.SearchStrategy[bytes]:
    """Return a strategy for the bytes of messages of a type."""
    return messages(descriptor).map(lambda one: one.SerializeToString())
