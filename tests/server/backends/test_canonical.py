"""The canonical form of a network: the ONNX file in float64, or else in float32 by itself."""

from functools import partial

import numpy as np
import onnx
import pytest
from laws import contexts_of
from onnx import TensorProto, helper, numpy_helper

from namesmith.bundle import ONNX, Bundle
from namesmith_server.backends import (
    BackendConfig,
    BackendError,
    get,
    open_backend,
    open_canonical,
)
from namesmith_server.backends.wider_onnx import widen_onnx

WEIGHTS = np.array([0.1, -3e-39, np.inf], dtype=np.float32)
"""Numbers that float64 holds as they are: a rounded one, a subnormal one, infinity."""

CONFIG = BackendConfig(vocab_size=3, block_size=3, file=ONNX, precision="float64")


def model(weights: TensorProto, *nodes: onnx.NodeProto) -> bytes:
    """Return a model whose last node makes ``log_probs`` of the contexts [1, 3] and ``w`` [3]."""
    value = helper.make_tensor_value_info
    graph = helper.make_graph(
        [helper.make_node("Cast", ["context"], ["x"], to=TensorProto.FLOAT), *nodes],
        "graph",
        [value("context", TensorProto.INT64, [1, 3])],
        [value("log_probs", TensorProto.FLOAT, [1, 3])],
        [weights],
        value_info=[value("x", TensorProto.FLOAT, [1, 3])],
    )
    opset = helper.make_opsetid("", 20)
    made = helper.make_model(graph, opset_imports=[opset], ir_version=9)
    return bytes(made.SerializeToString())


ADD = helper.make_node("Add", ["x", "w"], ["log_probs"])


def as_floats() -> TensorProto:
    """Return the weights as floats in place of bytes."""
    return helper.make_tensor("w", TensorProto.FLOAT, [3], WEIGHTS)


def as_bytes() -> TensorProto:
    """Return the weights as bytes."""
    return numpy_helper.from_array(WEIGHTS, "w")


@pytest.mark.parametrize("weights", [as_floats, as_bytes])
def test_weights_casts_and_types_are_widened_to_the_same_numbers(
    weights: partial[TensorProto],
) -> None:
    """The widened model answers the exact sums of its float32 weights."""
    raw = model(weights(), ADD)
    onnx.checker.check_model(onnx.load_from_string(widen_onnx(raw)), full_check=True)
    answers = get("onnx")(raw, CONFIG).log_probs(np.array([[1, 0, 2]]))
    assert answers.tolist() == [[1 + float(WEIGHTS[0]), float(WEIGHTS[1]), np.inf]]


def test_a_branch_is_widened_too() -> None:
    """Tensors and nodes in the graphs of a node's attributes are widened as well."""
    value = helper.make_tensor_value_info("both", TensorProto.FLOAT, [1, 3])
    then = helper.make_graph([helper.make_node("Add", ["x", "w"], ["both"])], "then", [], [value])
    other = helper.make_graph(
        [helper.make_node("Constant", [], ["both"], value=as_floats())], "else", [], [value]
    )
    yes = helper.make_tensor("yes", TensorProto.BOOL, [], [1])
    first = helper.make_node("Constant", [], ["yes"], value=yes)
    branch = helper.make_node("If", ["yes"], ["log_probs"], then_branch=then, else_branch=other)
    backend = get("onnx")(model(as_bytes(), first, branch), CONFIG)
    assert backend.log_probs(np.array([[1, 0, 2]]))[0, 0] == 1 + float(WEIGHTS[0])


def test_a_default_of_float32_is_refused() -> None:
    """A node whose output is float32 without saying so does not fit the widened ones."""
    shape = numpy_helper.from_array(np.array([3]), "shape")
    made = [
        helper.make_node("Constant", [], ["shape"], value=shape),
        helper.make_node("ConstantOfShape", ["shape"], ["zeros"]),
        helper.make_node("Add", ["x", "zeros"], ["log_probs"]),
    ]
    raw = model(as_bytes(), *made)
    get("onnx")(raw, BackendConfig(vocab_size=3, block_size=3, file=ONNX))
    with pytest.raises(BackendError):
        get("onnx")(raw, CONFIG)


def test_data_of_a_wrong_length_is_refused() -> None:
    """Bytes that are no whole number of floats cannot be widened."""
    weights = as_bytes()
    weights.raw_data = weights.raw_data[:-1]
    with pytest.raises(BackendError, match=r"^model\.onnx: cannot be widened to float64$"):
        widen_onnx(model(weights, ADD))


def test_the_canonical_form_does_not_depend_on_the_batch(deep: Bundle) -> None:
    """In float64 the neighbours of a context change its answers by less than 1e-13 nats."""
    canonical, contexts = open_canonical(deep), contexts_of(deep, 1_000)
    single = np.concatenate([canonical.log_probs(one[None]) for one in contexts])
    assert canonical.precision == "float64"
    np.testing.assert_allclose(canonical.log_probs(contexts), single, rtol=0, atol=1e-13)


def test_a_graph_that_cannot_be_widened_computes_in_float32_by_itself(
    deep: Bundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its answers are those of the float32 backend for each context alone, bit for bit."""

    def refuse(_: bytes) -> bytes:
        raise BackendError("no code for float64")

    monkeypatch.setattr("namesmith_server.backends.onnx.widen_onnx", refuse)
    canonical, contexts = open_canonical(deep), contexts_of(deep, 50)
    single = [open_backend(get("onnx"), deep).log_probs(one[None])[0] for one in contexts]
    assert canonical.precision == "float32"
    np.testing.assert_array_equal(canonical.log_probs(contexts), single)
