"""Backends refuse what they must not run."""

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from namesmith_server.backends.base import BackendError
from namesmith_server.backends.onnx import OnnxBackend


def graph(weights: TensorProto) -> bytes:
    """A model that adds some weights to its input."""
    value = helper.make_tensor_value_info
    made = helper.make_graph(
        [helper.make_node("Add", ["context", "w"], ["log_probs"])],
        "graph",
        [value("context", TensorProto.FLOAT, [1])],
        [value("log_probs", TensorProto.FLOAT, [1])],
        [weights],
    )
    opset = helper.make_opsetid("", 18)
    return bytes(helper.make_model(made, opset_imports=[opset], ir_version=9).SerializeToString())


def test_onnx_data_outside_the_file_is_refused() -> None:
    """Such data would be read without having been verified."""
    weights = numpy_helper.from_array(np.ones(1, dtype=np.float32), "w")
    OnnxBackend(graph(weights), "cpu", 1)
    onnx.external_data_helper.set_external_data(weights, "weights.bin")
    weights.ClearField("raw_data")
    with pytest.raises(BackendError, match="keeps data outside the file"):
        OnnxBackend(graph(weights), "cpu", 1)


def test_a_file_that_is_no_model_is_refused() -> None:
    """In our words."""
    with pytest.raises(BackendError, match="ONNX Runtime cannot load it"):
        OnnxBackend(b"nonsense", "cpu", 1)
