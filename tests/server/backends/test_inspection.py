"""The inspection of model files: what passes, what is changed, and what the lists hold."""

import io
import warnings

import numpy as np
import pytest
import torch
from google.protobuf.empty_pb2 import Empty
from google.protobuf.message import DecodeError
from google.protobuf.unknown_fields import UnknownFieldSet
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from bigrams import rows_of, script_with
from namesmith_server.backends import BackendConfig, get
from namesmith_server.backends.inspection import rebuild_torchscript
from namesmith_server.backends.inspection.operators import PURE, PURE_PRIM
from namesmith_server.backends.wire import WireError, read_fields

CONFIG = BackendConfig(vocab_size=6, block_size=3, file="model.ts")


class Recurrent(nn.Module):
    """An embedding, a recurrent layer, and a linear layer."""

    def __init__(self, layer: type[nn.RNNBase]) -> None:
        super().__init__()
        self.embedding = nn.Embedding(6, 8)
        self.layer = layer(8, 8, batch_first=True)  # type: ignore[call-arg]
        self.head = nn.Linear(8, 6)

    def forward(self, context: Tensor) -> Tensor:
        """Return log-probabilities [B, V]."""
        states, _ = self.layer(self.embedding(context))
        return torch.log_softmax(self.head(states[:, -1]), 1)


class Mixed(nn.Module):
    """Layers of other families: convolution, normalisation, dropout, activations, a loop."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(6, 8)
        self.convolution = nn.Conv1d(8, 8, 3, padding=1)
        self.norm = nn.LayerNorm(8)
        self.layers = nn.ModuleList([nn.Linear(8, 8), nn.GELU(), nn.Linear(8, 8), nn.ReLU()])
        self.dropout = nn.Dropout(0.1)
        self.head = nn.Sequential(nn.Linear(8, 8), nn.SiLU(), nn.Linear(8, 6), nn.LogSoftmax())

    def doubled(self, x: Tensor) -> Tensor:
        """Return a value twice, as a method of its own."""
        return x * 2

    def forward(self, context: Tensor) -> Tensor:
        """Return log-probabilities [B, V]."""
        x = self.embedding(context)
        x = self.norm(self.convolution(x.transpose(1, 2)).transpose(1, 2))
        for layer in self.layers:
            x = x + layer(x)
        scores = torch.matmul(x, x.transpose(1, 2)) / 8**0.5
        mask = torch.ones(context.size(1), context.size(1)).tril()
        x = torch.softmax(scores.masked_fill(mask == 0, -1e9), -1) @ x
        parts = []
        for place in range(context.size(1)):
            parts.append(self.doubled(x[:, place]))  # noqa: PERF401 - a list that grows
        return self.head(self.dropout(torch.stack(parts, 1).mean(1)))


def saved(module: nn.Module) -> bytes:
    """Return the TorchScript file of a module."""
    buffer = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        torch.jit.save(torch.jit.script(module.eval()), buffer)
    return buffer.getvalue()


@pytest.mark.parametrize("layer", [nn.RNN, nn.GRU, nn.LSTM, None])
def test_networks_of_other_families_pass(layer: type[nn.RNNBase] | None) -> None:
    """Recurrent, convolutional and attending networks load, and answer as they did, bit by bit."""
    module = (Mixed() if layer is None else Recurrent(layer)).eval()
    contexts = np.random.default_rng(0).integers(0, 6, (100, 3))
    with torch.inference_mode(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of an implicit dimension
        expected = module(torch.from_numpy(contexts)).numpy()
    answers = get("torchscript")(saved(module), CONFIG).log_probs(contexts)
    np.testing.assert_array_equal(answers, expected)


def test_a_warning_is_left_out_and_a_write_replaced(capfd: pytest.CaptureFixture[str]) -> None:
    """Nothing is printed, and no tensor of the model changes from one answer to the next."""
    rows = rows_of(1)
    code = '    torch.warn("forged", 2)\n    table = self.table\n    _0 = torch.add_(table, 1)'
    backend = get("torchscript")(script_with(rows, code), CONFIG)
    contexts = np.array([[0, 0, 2]])
    for _ in range(3):
        np.testing.assert_array_equal(backend.log_probs(contexts), rows[[2]])
    assert "forged" not in "".join(capfd.readouterr())


def test_what_was_inspected_passes_again() -> None:
    """The inspection of an archive that was written by the inspection gives the same archive."""

    def is_operator(name: str) -> bool:
        return bool(torch._C._jit_get_schemas_for_operator(f"aten::{name}"))

    once = rebuild_torchscript(saved(Mixed()), is_operator)
    assert rebuild_torchscript(once, is_operator) == once


def test_the_operators_exist_and_write_to_no_argument() -> None:
    """Every name on the lists is an operator of torch, of which no form but ``out`` writes."""
    for namespace, names in (("aten", PURE), ("prim", PURE_PRIM)):
        for name in names:
            schemas = torch._C._jit_get_schemas_for_operator(f"{namespace}::{name}")
            assert schemas, name
            for schema in schemas:
                written = [one for one in schema.arguments if schema.is_mutable and not one.is_out]
                is_plain = not schema.is_mutable or any(one.is_out for one in schema.arguments)
                assert is_plain, (schema, written)


def by_protobuf(raw: bytes) -> list[tuple[int, int | bytes]] | None:
    """Return the fields of a message as protobuf reads them; None where they are none."""
    try:
        fields = UnknownFieldSet(Empty.FromString(raw))
    except DecodeError:
        return None
    values: list[tuple[int, int | bytes]] = []
    for field in fields:
        if field.wire_type in {1, 5}:
            values.append(
                (
                    field.field_number,
                    field.data.to_bytes(8 if field.wire_type == 1 else 4, "little"),
                )
            )
        else:
            values.append((field.field_number, field.data))
    return values


MESSAGES = st.lists(
    st.one_of(
        st.binary(max_size=12),
        st.sampled_from(
            [b"\x0a\x03abc", b"\x8a\x00\x01x", b"\x70\x81\x80\x00", b"\x0d1234", b"\x3a\x00"]
        ),
    ),
    max_size=6,
).map(b"".join)
"""Bytes, some of which are messages, with numbers longer than they need to be."""


@given(MESSAGES)
def test_fields_are_those_that_protobuf_reads(raw: bytes) -> None:
    """Fields are read as protobuf reads them; protobuf reads more alone where there are groups."""
    try:
        fields = [
            (number, bytes(value) if isinstance(value, memoryview) else value)
            for number, value, _ in read_fields(memoryview(raw))
        ]
    except WireError:
        return
    assert fields == by_protobuf(raw)
