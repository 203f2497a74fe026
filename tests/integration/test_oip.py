"""The Open Inference Protocol of a server process: its switch, its readiness, its callers."""

import signal
from collections.abc import Callable
from pathlib import Path

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from changed import changed
from namesmith_server.grpc.oip import inference_pb2 as pb
from namesmith_server.grpc.oip import inference_pb2_grpc
from processes import running
from tokens import bearing, write_tokens

SERVING = health_pb2.HealthCheckResponse.SERVING

MISSING = 'import sys; sys.modules["namesmith_server.grpc.oip"] = None'
"""Code after which an import of the protocol's folder fails."""


def code_of(call: Callable[[], object]) -> grpc.StatusCode:
    """Return the code of a call that fails."""
    with pytest.raises(grpc.RpcError) as caught:
        call()
    assert isinstance(caught.value, grpc.Call)
    return caught.value.code()


def test_readiness_is_health() -> None:
    """The server and each model are ready while it serves, and not while it drains."""
    with (
        running("--drain-delay-seconds", "60") as server,
        grpc.insecure_channel(server.address) as channel,
    ):
        oip = inference_pb2_grpc.GRPCInferenceServiceStub(channel)
        health = health_pb2_grpc.HealthStub(channel)
        for is_serving in (True, False):
            for model in ("us-names", "us-names.score", "us-names.evaluate"):
                assert oip.ModelReady(pb.ModelReadyRequest(name=model)).ready == is_serving
            for service in ("", "us-names"):
                asked = health_pb2.HealthCheckRequest(service=service)
                assert (health.Check(asked).status == SERVING) == is_serving
            assert oip.ServerReady(pb.ServerReadyRequest()).ready == is_serving
            assert oip.ServerLive(pb.ServerLiveRequest()).live
            assert not oip.ModelReady(pb.ModelReadyRequest(name="none")).ready
            for version in ("9", "0", "9" * 40, "none"):
                asked_of = pb.ModelReadyRequest(name="us-names", version=version)
                assert not oip.ModelReady(asked_of).ready
            if is_serving:
                server.process.send_signal(signal.SIGTERM)
                assert next(server.events())["event"] == "draining"


def test_the_protocol_can_be_switched_off() -> None:
    """Its calls are UNIMPLEMENTED then."""
    with running("--no-oip") as server, grpc.insecure_channel(server.address) as channel:
        oip = inference_pb2_grpc.GRPCInferenceServiceStub(channel)
        code = code_of(lambda: oip.ServerLive(pb.ServerLiveRequest()))
    assert code is grpc.StatusCode.UNIMPLEMENTED


def test_a_server_without_the_protocol_imports_nothing_of_it(tmp_path: Path) -> None:
    """Where its folder cannot be imported, the server serves without it, and not with it."""
    with changed(tmp_path, MISSING, "--no-oip") as server:
        assert server.log[-1]["event"] == "serving"
    with changed(tmp_path, MISSING) as server:
        assert server.process.wait(60) != 0


def test_its_calls_are_guarded_and_logged_like_all_others(tmp_path: Path) -> None:
    """They need a token, and have lines in the access log with caller, model and names."""
    tokens = write_tokens(tmp_path / "tokens", alice="s3cret")
    options = ("--tokens-file", tokens, "--access-log-sample", "1")
    request = pb.ModelInferRequest(model_name="us-names", parameters={"count": count(3)})
    with running(*options) as server:
        with grpc.insecure_channel(server.address) as channel:
            oip = inference_pb2_grpc.GRPCInferenceServiceStub(channel)
            code = code_of(lambda: oip.ModelInfer(request))
            oip.ModelInfer(request, metadata=bearing("s3cret"))
        server.process.terminate()
        lines = [event for event in server.events(()) if event["event"] == "call"]
    assert code is grpc.StatusCode.UNAUTHENTICATED
    assert [(line["service"], line["method"]) for line in lines] == [
        ("inference.GRPCInferenceService", "ModelInfer")
    ] * 2
    assert [line["code"] for line in lines] == ["UNAUTHENTICATED", "OK"]
    assert (lines[1]["caller"], lines[1]["model"], lines[1]["names"]) == ("alice", "us-names", 3)


def count(names: int) -> pb.InferParameter:
    """Return the parameter that asks for a number of names."""
    return pb.InferParameter(int64_param=names)
