"""Triton's client: health, metadata, the three jobs, compression, errors."""

import sys

import numpy as np
import tritonclient.grpc as grpcclient
from tritonclient.utils import InferenceServerException

MODEL = "us-names"


def tensor(name: str, datatype: str, *values: object) -> grpcclient.InferInput:
    """Return an input of some values."""
    dtype = {"INT32": np.int32, "BYTES": object, "FP64": np.float64, "UINT64": np.uint64}[datatype]
    given = grpcclient.InferInput(name, [len(values)], datatype)
    given.set_data_from_numpy(np.array(values, dtype))
    return given


def describe(client: grpcclient.InferenceServerClient) -> None:
    """Ask for health, metadata, configuration and index."""
    assert client.is_server_live(headers={"test": "1"})
    assert client.is_server_ready()
    assert client.is_model_ready(MODEL)
    assert client.is_model_ready(MODEL, "1")
    assert not client.is_model_ready("none")
    assert client.get_server_metadata().name == "namesmith"
    assert client.get_model_metadata(f"{MODEL}.score").inputs[0].datatype == "BYTES"
    assert client.get_model_config(MODEL).config.model_transaction_policy.decoupled
    assert len(client.get_inference_statistics(MODEL).model_stats) == 1
    assert client.get_model_repository_index(as_json=True)["models"][0]["state"] == "READY"


def infer(client: grpcclient.InferenceServerClient) -> None:
    """Ask each job."""
    inputs = [tensor("count", "INT32", 5), tensor("seed", "UINT64", 42)]
    answer = client.infer(MODEL, inputs, request_id="7", parameters={"prefix": "ma"})
    names = answer.as_numpy("names")
    assert len(names) == 5
    assert all(name.startswith(b"ma") for name in names)
    assert answer.as_numpy("seed") == [42]
    assert answer.get_response().id == "7"
    again = client.infer(MODEL, [*inputs, tensor("prefix", "BYTES", b"ma")], model_version="1")
    assert (again.as_numpy("names") == names).all()
    outputs = [grpcclient.InferRequestedOutput("log_probs")]
    scored = client.infer(
        f"{MODEL}.score",
        [tensor("names", "BYTES", *names)],
        outputs=outputs,
        compression_algorithm="gzip",
    )
    drawn = client.infer(MODEL, inputs, outputs=outputs, parameters={"prefix": "ma"})
    np.testing.assert_allclose(scored.as_numpy("log_probs"), drawn.as_numpy("log_probs"))
    assert drawn.as_numpy("names") is None
    evaluated = client.infer(f"{MODEL}.evaluate", [tensor("split", "BYTES", b"val")])
    assert 2 < evaluated.as_numpy("loss")[0] < 3


def fail(client: grpcclient.InferenceServerClient) -> None:
    """Ask for what there is not."""
    asked = (
        ("none", [], "model 'none' is unknown"),
        (MODEL, [], "count: 0 is not in [1, 100000]"),
        (MODEL, [tensor("count", "FP64", 1.0)], "count: datatype 'FP64', INT32 is expected"),
    )
    for model, inputs, reason in asked:
        try:
            client.infer(model, inputs)
        except InferenceServerException as error:
            assert reason in error.message()  # noqa: PT017 - a program without pytest
        else:
            raise AssertionError(model)


with grpcclient.InferenceServerClient(sys.argv[1]) as connected:
    describe(connected)
    infer(connected)
    fail(connected)
