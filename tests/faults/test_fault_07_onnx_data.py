"""Fault 7: an ONNX model whose data lies outside its file, in any encoding, opens nothing there."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import onnx
import pytest
from google.protobuf.descriptor import Descriptor
from onnx import TensorProto, helper, numpy_helper

from bigrams import LAST_SYMBOL, onnx_bytes, publish_bigram, rows_of
from bundles import reasons
from namesmith.bundle import ONNX
from namesmith_client import Client
from namesmith_server.app.settings import EMBEDDED
from namesmith_server.backends import BackendConfig, BackendError, get, wider_onnx
from namesmith_server.backends.inspection.onnx_model import MAX_DEPTH, MAX_FIELDS, NAMES, PARTS
from processes import running

ROWS = rows_of(1)

CONFIG = BackendConfig(vocab_size=6, block_size=3, file=ONNX)

OUTSIDE = "outside.bin"
"""Name of a file in the working directory that holds weights."""

Change = Callable[[onnx.ModelProto], object]


def refusal(raw: bytes) -> str:
    """Return the words with which the backend refuses a file."""
    with pytest.raises(BackendError) as caught:
        get("onnx")(raw, CONFIG)
    return str(caught.value)


def outside(tensor: TensorProto) -> TensorProto:
    """Place the data of a tensor in the file outside."""
    onnx.external_data_helper.set_external_data(tensor, OUTSIDE)
    tensor.ClearField("raw_data")
    return tensor


def tensor() -> TensorProto:
    """Return a tensor with its data."""
    return numpy_helper.from_array(ROWS, "other")


def in_the_initializers(model: onnx.ModelProto) -> None:
    """Place the rows outside."""
    outside(model.graph.initializer[0])


def without_a_location(model: onnx.ModelProto) -> None:
    """Say that the data is outside, and not where."""
    model.graph.initializer[0].data_location = TensorProto.EXTERNAL


def without_saying_so(model: onnx.ModelProto) -> None:
    """Say where the data is, and not that it is outside."""
    outside(model.graph.initializer[0]).ClearField("data_location")


def in_memory(model: onnx.ModelProto) -> None:
    """Name an address in the memory of the process, as ONNX Runtime does to itself."""
    one = model.graph.initializer[0]
    onnx.external_data_helper.set_external_data(one, "*/_ORT_MEM_ADDR_/*", offset=4096, length=144)
    one.ClearField("raw_data")


def in_a_sparse_tensor(model: onnx.ModelProto) -> None:
    """Place the values of a sparse tensor outside."""
    model.graph.sparse_initializer.add().values.CopyFrom(outside(tensor()))


def in_an_attribute(model: onnx.ModelProto) -> None:
    """Place the value of a constant outside."""
    model.graph.node.append(helper.make_node("Constant", [], ["c"], value=outside(tensor())))


def in_a_list_of_tensors(model: onnx.ModelProto) -> None:
    """Place a tensor of a list of an attribute outside."""
    node = helper.make_node("Constant", [], ["c"])
    node.attribute.add(name="x", type=onnx.AttributeProto.TENSORS).tensors.append(outside(tensor()))
    model.graph.node.append(node)


def in_an_inner_graph(model: onnx.ModelProto) -> None:
    """Place a tensor of a branch, inside a branch, outside."""
    graph = model.graph
    for _ in range(3):
        node = graph.node.add(op_type="If")
        graph = node.attribute.add(name="then_branch", type=onnx.AttributeProto.GRAPH).g
    graph.initializer.append(outside(tensor()))


def in_a_function(model: onnx.ModelProto) -> None:
    """Place a constant of a function outside."""
    node = helper.make_node("Constant", [], ["c"], value=outside(tensor()))
    model.functions.append(
        helper.make_function("pkg", "F", [], ["c"], [node], [helper.make_opsetid("", 20)])
    )


def in_the_training(model: onnx.ModelProto) -> None:
    """Place a tensor of the graph for training outside."""
    model.training_info.add().algorithm.initializer.append(outside(tensor()))


PLACES: list[Change] = [
    in_the_initializers,
    without_a_location,
    without_saying_so,
    in_memory,
    in_a_sparse_tensor,
    in_an_attribute,
    in_a_list_of_tensors,
    in_an_inner_graph,
    in_a_function,
    in_the_training,
]


@pytest.mark.parametrize("change", PLACES)
def test_fault_07_data_outside_the_file_is_refused(change: Change) -> None:
    """Wherever a tensor can stand in a model, it has its data with it."""
    assert refusal(onnx_bytes(ROWS, change=change)) == f"{ONNX}: keeps data outside the file"


def delimited(number: int, content: bytes, padding: int = 0) -> bytes:
    """Encode a field; its tag and its length are longer than they need by ``padding`` bytes."""
    return varint(number << 3 | 2, padding) + varint(len(content), padding) + content


def varint(value: int, padding: int = 0) -> bytes:
    """Encode a number with zeros behind it."""
    digits = []
    while value >= 0x80:
        digits.append(value & 0x7F | 0x80)
        value >>= 7
    digits.append(value)
    for _ in range(padding):
        digits[-1] |= 0x80
        digits.append(0)
    return bytes(digits)


@pytest.mark.parametrize("padding", [0, 1, 3])
@pytest.mark.parametrize("number", [13, 14])
def test_fault_07_no_encoding_hides_data_outside(number: int, padding: int) -> None:
    """Numbers with zeros behind them, and a graph in two parts, mean the same to a runtime."""
    field = (
        delimited(13, delimited(1, b"location", padding) + delimited(2, b"outside.bin"), padding)
        if number == 13
        else varint(14 << 3, padding) + varint(1, padding)
    )
    hidden = delimited(7, delimited(5, field, padding), padding)
    whole = onnx_bytes(ROWS)
    for raw in (whole + hidden, hidden + whole):
        assert refusal(raw) == f"{ONNX}: keeps data outside the file"


def test_fault_07_the_location_modulo_its_width_is_refused() -> None:
    """A runtime that keeps 32 bits of a number reads 2^32 + 1 as 1, outside."""
    field = varint(14 << 3) + varint((1 << 32) + 1)
    raw = onnx_bytes(ROWS) + delimited(7, delimited(5, field))
    assert refusal(raw) == f"{ONNX}: keeps data outside the file"


def call(domain: str, name: str) -> Change:
    """Return the change that calls an operator of a domain."""

    def change(model: onnx.ModelProto) -> None:
        model.graph.node.append(helper.make_node(name, ["table"], ["made"], domain=domain))
        model.opset_import.append(helper.make_opsetid(domain, 1))

    return change


def hide_behind_a_function(model: onnx.ModelProto) -> None:
    """Define a function with the name of a runtime's own operator."""
    call("com.microsoft", "EPContext")(model)
    node = helper.make_node("Identity", ["x"], ["y"])
    function = ("com.microsoft", "EPContext", ["x"], ["y"], [node], [helper.make_opsetid("", 20)])
    model.functions.append(helper.make_function(*function))


def call_in_a_function(model: onnx.ModelProto) -> None:
    """Call a runtime's own operator in a function."""
    node = helper.make_node("Gelu", ["x"], ["y"], domain="com.microsoft")
    opsets = [helper.make_opsetid("", 20), helper.make_opsetid("com.microsoft", 1)]
    model.functions.append(helper.make_function("pkg", "F", ["x"], ["y"], [node], opsets))
    call("pkg", "F")(model)


@pytest.mark.parametrize("name", ["RandomNormalLike", "Bernoulli"])
def test_fault_07_operators_that_draw_are_refused(name: str) -> None:
    """A model answers the same every time."""
    assert "random numbers" in refusal(onnx_bytes(ROWS, change=call("", name)))


@pytest.mark.parametrize(
    "change",
    [
        call("com.microsoft", "EPContext"),
        call("com.microsoft", "Gelu"),
        call("com.example.library", "Load"),
        call("pkg", "Missing"),
        call("ai.onnx.ml", "Scaler"),
        hide_behind_a_function,
        call_in_a_function,
    ],
)
def test_fault_07_operators_beyond_the_standard_are_refused(change: Change) -> None:
    """A runtime's own operators may open files; a model calls standard ones and its functions."""
    assert "domain" in refusal(onnx_bytes(ROWS, change=change))


def test_fault_07_functions_of_the_model_are_its_own() -> None:
    """A model may call functions that it defines."""
    node = helper.make_node("Gather", ["t", "i"], ["y"], axis=0)
    opsets = [helper.make_opsetid("", 20)]

    def define(model: onnx.ModelProto) -> None:
        function = helper.make_function("pkg", "Rows", ["t", "i"], ["y"], [node], opsets)
        model.functions.append(function)
        model.opset_import.append(helper.make_opsetid("pkg", 1))

    rows = helper.make_node("Rows", ["table", "symbol"], ["log_probs"], domain="pkg")
    raw = onnx_bytes(ROWS, (LAST_SYMBOL[0], rows), define)
    answers = get("onnx")(raw, CONFIG).log_probs(np.array([[0, 0, 2]]))
    np.testing.assert_array_equal(answers, ROWS[[2]])


def test_fault_07_another_format_is_not_detected() -> None:
    """Bytes that look like ONNX Runtime's own format, which is not inspected, are not loaded."""
    assert refusal(b"\x18\x00\x00\x00ORTM" + bytes(100)).startswith(f"{ONNX}: ")


def test_fault_07_depth_and_work_are_bounded() -> None:
    """Messages without an end, or inside one another without an end, are refused."""

    def nest(model: onnx.ModelProto) -> None:
        graph = model.graph
        for _ in range(MAX_DEPTH // 3 + 1):
            node = graph.node.add(op_type="If")
            graph = node.attribute.add(name="then_branch", type=onnx.AttributeProto.GRAPH).g

    assert "nested deeper" in refusal(onnx_bytes(ROWS, change=nest))
    assert "fields" in refusal(onnx_bytes(ROWS) + b"\x08\x0a" * (MAX_FIELDS + 1))

    def swell(model: onnx.ModelProto) -> None:
        model.graph.input[0].type.MergeFromString(b"\xf8\x07\x01" * (MAX_FIELDS + 1))

    assert "fields" in refusal(onnx_bytes(ROWS, change=swell))  # types are read to be widened


TYPES = {"ValueInfoProto", "TypeProto", "TypeProto.Tensor"}
"""Messages that are inspected because they are widened; no tensor stands in them."""


def reachable(message: Descriptor, found: dict[str, Descriptor]) -> Iterator[Descriptor]:
    """Find a message and all messages inside it."""
    if message.name not in found:
        found[message.name] = message
        for field in message.fields:
            if field.message_type is not None:
                reachable_in = reachable(field.message_type, found)
                yield from reachable_in
        yield message


def test_fault_07_all_that_is_widened_is_inspected() -> None:
    """The inspection has counted every message that widening reads."""
    for name, parts in wider_onnx.PARTS.items():
        assert parts.items() <= PARTS[name].items()


def test_fault_07_the_paths_are_those_of_onnx() -> None:
    """Every field in which a tensor or a node can stand, anywhere in a model, is inspected."""
    found: dict[str, Descriptor] = {}
    messages = {one.name: one for one in reachable(onnx.ModelProto.DESCRIPTOR, found)}
    inspected = {"TensorProto", "NodeProto", "FunctionProto"}
    while True:
        more = {
            name
            for name, message in messages.items()
            if any(f.message_type and f.message_type.name in inspected for f in message.fields)
        }
        if more <= inspected:
            break
        inspected |= more
    expected = {
        name: {
            field.number: field.message_type.name
            for field in messages[name].fields
            if field.message_type and field.message_type.name in inspected
        }
        for name in inspected
    }
    found_in = {
        name: {number: part for number, part in parts.items() if part not in TYPES}
        for name, parts in PARTS.items()
        if name not in TYPES
    }
    assert found_in == expected
    fields = {name: messages[name].fields_by_name for name in NAMES}
    for name, numbers in NAMES.items():
        called = "op_type" if name == "NodeProto" else "name"
        assert numbers == (fields[name]["domain"].number, fields[name][called].number)
    tensors = messages["TensorProto"].fields_by_name
    assert (tensors["external_data"].number, tensors["data_location"].number) == (13, 14)


@pytest.mark.parametrize("name", ["us-names", "us-names-wavenet", "us-names-distilled"])
def test_fault_07_what_the_trainer_exports_passes(name: str) -> None:
    """The embedded models load."""
    config = BackendConfig(vocab_size=27, block_size=8, file=ONNX)
    assert get("onnx")((EMBEDDED / name / "1" / ONNX).read_bytes(), config).device == "cpu"


def test_fault_07_a_version_with_data_outside_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server in the folder of the weights does not read them, and serves the version before."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / OUTSIDE).write_bytes(ROWS.tobytes())
    models = tmp_path / "models"
    publish_bigram(models, ROWS)
    field = delimited(13, delimited(1, b"location", 1) + delimited(2, OUTSIDE.encode()))
    tensor = TensorProto(name="table", dims=ROWS.shape, data_type=TensorProto.FLOAT)
    hidden = tensor.SerializeToString() + field + varint(14 << 3) + varint(1)

    def drop(model: onnx.ModelProto) -> None:
        del model.graph.initializer[0]

    raw = onnx_bytes(ROWS, change=drop) + delimited(7, delimited(5, hidden))
    publish_bigram(models, ROWS, {ONNX: raw})
    with running("--models", models) as server, Client(server.address) as client:
        assert client.model().version == 1
        assert reasons(server.log) == {2: f"{ONNX}: keeps data outside the file"}
