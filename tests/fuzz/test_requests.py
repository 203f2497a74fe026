"""Every method of every service answers whatever bytes it is sent with OK or a typed error."""

import pytest
from google.protobuf.descriptor import MethodDescriptor
from hypothesis import given
from hypothesis import strategies as st

from fuzzing import METHODS, Corpus, WatchedServer, check_request, fuzzed, mutated, serialized

every_method = pytest.mark.parametrize("method", METHODS.values(), ids=METHODS)


def corpus_of(method: MethodDescriptor) -> Corpus:
    """Return the corpus of a method's requests."""
    return Corpus(f"requests/{method.containing_service.full_name}.{method.name}")


@pytest.mark.parametrize(
    ("method", "raw"),
    [
        pytest.param(method, *one.values, id=f"{name}-{one.id}", marks=one.marks)
        for name, method in METHODS.items()
        for one in corpus_of(method).examples()
    ],
)
def test_the_corpus_of_requests_has_typed_answers(
    server: WatchedServer, method: MethodDescriptor, raw: bytes
) -> None:
    """A request that was a fault once is answered, or refused with a reason."""
    check_request(server, method, raw)


@every_method
def test_any_message_has_a_typed_answer(server: WatchedServer, method: MethodDescriptor) -> None:
    """A message whose fields are at or beyond any bound is answered, or refused with a reason."""
    corpus = corpus_of(method)

    @fuzzed()
    @given(serialized(method.input_type))
    def answers(raw: bytes) -> None:
        with corpus.keeping(raw):
            check_request(server, method, raw)

    answers()


@every_method
def test_any_bytes_have_a_typed_answer(server: WatchedServer, method: MethodDescriptor) -> None:
    """Bytes that are almost a message, or none, are answered, or refused with a reason."""
    corpus = corpus_of(method)

    @fuzzed()
    @given(mutated(serialized(method.input_type)) | st.binary(max_size=40))
    def answers(raw: bytes) -> None:
        with corpus.keeping(raw):
            check_request(server, method, raw)

    answers()


@fuzzed()
@given(st.data())
def test_any_stream_of_messages_has_a_typed_answer(
    server: WatchedServer, data: st.DataObject
) -> None:
    """A stream of up to three messages, sound or not, is answered, or refused with a reason."""
    method = METHODS["namesmith.v1.NameService.EvaluateNames"]
    one = serialized(method.input_type)
    check_request(server, method, *data.draw(st.lists(one | mutated(one), max_size=3)))


def test_the_list_of_the_health_service_is_answered() -> None:
    """Health.List tells the state of the server and of each of its services."""
    with WatchedServer.running() as server:
        raw = server.channel.unary_unary("/grpc.health.v1.Health/List")(b"", timeout=5)
    assert b"namesmith.v1.NameService" in raw
