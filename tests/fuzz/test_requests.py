"""Every method of every service answers whatever bytes it is sent with OK or a typed error."""

import math
from dataclasses import dataclass

import grpc
import pytest
from google.protobuf.descriptor import Descriptor, FieldDescriptor, MethodDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from google.rpc import error_details_pb2
from google.rpc.status_pb2 import Status
from grpc_health.v1 import health_pb2
from hypothesis import given
from hypothesis import strategies as st

from fuzzing import Corpus, WatchedServer, fuzzed, messages, mutated
from namesmith.v1 import models_pb2, names_pb2

SECONDS = 5.0
"""Deadline of a call, in seconds."""

MOST_RESPONSES = {"StreamNames": 2}
"""Number of responses that are read before a call is cancelled; 1 of other methods."""

SERVICES = (
    names_pb2.DESCRIPTOR.services_by_name["NameService"],
    models_pb2.DESCRIPTOR.services_by_name["ModelService"],
    health_pb2.DESCRIPTOR.services_by_name["Health"],
)
METHODS = {
    f"{service.full_name}.{method.name}": method
    for service in SERVICES
    for method in service.methods
    if method.name != "List"  # of the health service; see its own test
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

OWN = "namesmith."
"""Beginning of the services whose errors carry an ErrorInfo; the health service is gRPC's own."""

every_method = pytest.mark.parametrize("method", METHODS.values(), ids=METHODS)


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


def check(server: WatchedServer, method: MethodDescriptor, *requests: bytes) -> None:
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


@every_method
def test_any_message_has_a_typed_answer(server: WatchedServer, method: MethodDescriptor) -> None:
    """A message whose fields are at or beyond any bound is answered, or refused with a reason."""
    corpus = Corpus(f"requests/{method.containing_service.full_name}.{method.name}")

    @fuzzed()
    @given(serialized(method.input_type))
    def answers(raw: bytes) -> None:
        with corpus.keeping(raw):
            check(server, method, raw)

    answers()


@every_method
def test_any_bytes_have_a_typed_answer(server: WatchedServer, method: MethodDescriptor) -> None:
    """Bytes that are almost a message, or none, are answered, or refused with a reason."""
    corpus = Corpus(f"requests/{method.containing_service.full_name}.{method.name}")

    @fuzzed()
    @given(mutated(serialized(method.input_type)) | st.binary(max_size=40))
    def answers(raw: bytes) -> None:
        with corpus.keeping(raw):
            check(server, method, raw)

    answers()


@fuzzed()
@given(st.data())
def test_any_stream_of_messages_has_a_typed_answer(
    server: WatchedServer, data: st.DataObject
) -> None:
    """A stream of up to three messages, sound or not, is answered, or refused with a reason."""
    method = METHODS["namesmith.v1.NameService.EvaluateNames"]
    one = serialized(method.input_type)
    check(server, method, *data.draw(st.lists(one | mutated(one), max_size=3)))


@pytest.mark.xfail(
    strict=True, reason="Health.List is not implemented: a traceback in the log for each call"
)
def test_the_list_of_the_health_service_is_answered() -> None:
    """Health.List is answered, or refused without a word in the log."""
    with WatchedServer.running() as server:
        server.channel.unary_unary("/grpc.health.v1.Health/List")(b"", timeout=SECONDS)
