"""Bytes that are no message: a generic refusal, of every method, and not a word in the log."""

from hostile import connect, message
from processes import ServerProcess, running

METHODS = [
    "namesmith.v1.NameService/GenerateNames",
    "namesmith.v1.NameService/StreamNames",
    "namesmith.v1.NameService/EvaluateNames",
    "namesmith.v1.ModelService/DescribeModel",
    "inference.GRPCInferenceService/ModelInfer",
    "inference.GRPCInferenceService/ModelStreamInfer",
    "grpc.health.v1.Health/Check",
    "grpc.health.v1.Health/Watch",
    "grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
    "grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
]
BROKEN = [b"\xff\xff\xff\xff", b"\x0a\xff", b"\x0b" * 200, b"\x0a\x02\xff\xfe", b"\x1f\x8b\x08"]


def test_fault_28_malformed_messages_are_refused_in_general_words() -> None:
    """INVALID_ARGUMENT of every arity, reflection and health included; the log says nothing."""
    with running("--reflection") as server:
        with connect(server.address) as attacker:
            for method in METHODS:
                for raw in BROKEN:
                    answer = attacker.read(attacker.call(method, message(raw)))
                    assert answer.status == "INVALID_ARGUMENT", method
                    assert answer.text == "request: is not a message of this call"
                    assert answer.reason == "INVALID_ARGUMENT"
        assert _rest_of_log(server) == []


def test_fault_28_a_call_without_a_message_is_refused() -> None:
    """A stream of requests may end before its first; any other call is told what it lacks."""
    with running("--reflection") as server:
        with connect(server.address) as attacker:
            for method in METHODS:
                answer = attacker.read(attacker.call(method, b""))
                is_stream = method.endswith(("ServerReflectionInfo", "ModelStreamInfer"))
                assert answer.status == ("OK" if is_stream else "INVALID_ARGUMENT"), method
        assert _rest_of_log(server) == []


def _rest_of_log(server: ServerProcess) -> list[dict[str, object]]:
    """End the server; return the lines of warnings and errors that it has logged."""
    server.process.terminate()
    return [event for event in server.events() if event["level"] not in {"INFO", "DEBUG"}]
