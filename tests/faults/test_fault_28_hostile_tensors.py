"""Tensors of the Open Inference Protocol that lie about themselves: refused by their name."""

from hostile import connect, message
from namesmith_server.grpc.oip import inference_pb2 as pb
from processes import running

INFER = "inference.GRPCInferenceService/ModelInfer"

HUGE = 2**63 - 1

LIES: list[tuple[str, list[int], bytes]] = [
    ("BYTES", [1], b"\xff\xff\xff\xffanna"),  # an element longer than its tensor
    ("BYTES", [1], b"\x04\x00"),  # half a length
    ("BYTES", [HUGE], b"\x04\x00\x00\x00anna"),
    ("BYTES", [HUGE, HUGE], b""),
    ("BYTES", [-1], b""),
    ("BYTES", [1] * 1_000, b"\x04\x00\x00\x00anna"),
    ("BYTES", [1], b"\x02\x00\x00\x00\xff\xfe"),  # no UTF-8
    ("FP64", [HUGE], b"\x00" * 8),
    ("x" * 1_000, [1], b"anna"),
]
"""Datatype, shape and raw content of the names to score."""


def test_fault_28_tensors_that_lie_are_refused_by_their_name() -> None:
    """INVALID_ARGUMENT in few words, at once; the server goes on, and logs no more than calls."""
    with running() as server:
        with connect(server.address) as attacker:
            for datatype, shape, raw in LIES:
                tensor = pb.ModelInferRequest.InferInputTensor(
                    name="names", datatype=datatype, shape=shape
                )
                request = pb.ModelInferRequest(
                    model_name="us-names.score", inputs=[tensor], raw_input_contents=[raw]
                )
                sent = message(request.SerializeToString())
                answer = attacker.read(attacker.call(INFER, sent))
                assert answer.status == "INVALID_ARGUMENT", (datatype, shape[:2])
                assert "names" in answer.text
                assert len(answer.text) < 500
        server.process.terminate()
        assert {event["level"] for event in server.events()} <= {"INFO"}
