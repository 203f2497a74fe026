"""The ONNX Runtime backend: the laws of a backend, and the files that it must not open."""

import numpy as np
import onnx
import pytest
from laws import BackendLaws
from onnx import TensorProto, helper, numpy_helper

from namesmith.bundle import ONNX
from namesmith_server.backends import Backend, BackendConfig, BackendError, get

CONFIG = BackendConfig(vocab_size=1, block_size=1, file=ONNX)


class TestOnnxBackend(BackendLaws):
    """ONNX Runtime keeps the laws on models with a table, with a chain, and with neither."""

    backend_class: type[Backend] = get("onnx")


def graph(weights: TensorProto) -> bytes:
    """Return a model that adds the weights to its input."""
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
    """A model whose weights lie in another file is refused: that file would not be verified."""
    weights = numpy_helper.from_array(np.ones(1, dtype=np.float32), "w")
    get("onnx")(graph(weights), CONFIG)
    onnx.external_data_helper.set_external_data(weights, "weights.bin")
    weights.ClearField("raw_data")
    with pytest.raises(BackendError, match="keeps data outside the file"):
        get("onnx")(graph(weights), CONFIG)


def test_a_file_that_is_no_model_is_refused() -> None:
    """The message is the project's own, without the parser's words."""
    with pytest.raises(BackendError, match=r"^model\.onnx: ONNX Runtime cannot load it$"):
        get("onnx")(b"", CONFIG)
