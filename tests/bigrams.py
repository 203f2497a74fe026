"""The smallest network: a bigram, as ONNX and TorchScript without a table, and hostile variants."""

import io
import warnings
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import NodeProto, TensorProto, helper, numpy_helper

from namesmith import bundle
from namesmith.manifest import FORMAT_VERSION
from namesmith.v1 import manifest_pb2 as pb
from namesmith_trainer.publish import publish

SYMBOLS = ".abcde"
"""Symbols of the models of this module."""

BLOCK_SIZE = 3
"""Number of symbols of a context, of which the last alone counts."""

NAMES = ("abba", "cab", "dad", "bee", "ada", "ed", "abed", "decade")
"""Names of each split."""

LAST_SYMBOL = (
    helper.make_node("Gather", ["context", "last"], ["symbol"], axis=1),
    helper.make_node("Gather", ["table", "symbol"], ["log_probs"], axis=0),
)
"""Nodes of a bigram."""

Rows = NDArray[np.float32]
"""Log-probabilities of the next symbol behind each symbol, float32 [V, V]."""


class Bigram(torch.nn.Module):
    """A bigram as a module that TorchScript compiles."""

    table: torch.Tensor

    def __init__(self, rows: Rows) -> None:
        super().__init__()
        self.register_buffer("table", torch.from_numpy(rows.copy()))

    def forward(self, context: torch.Tensor) -> torch.Tensor:
        """Return log-probabilities float32 [B, V] of contexts int64 [B, L]."""
        return torch.index_select(self.table, 0, context[:, -1])


def rows_of(seed: int) -> Rows:
    """Return the rows of a random bigram."""
    logits = np.random.default_rng(seed).normal(size=(len(SYMBOLS), len(SYMBOLS)))
    rows: Rows = (logits - np.log(np.exp(logits).sum(1, keepdims=True))).astype(np.float32)
    return rows


def onnx_bytes(
    rows: Rows,
    nodes: Sequence[NodeProto] = LAST_SYMBOL,
    change: Callable[[onnx.ModelProto], object] = lambda _: None,
) -> bytes:
    """Return the ``model.onnx`` of a bigram.

    Args:
        rows: log-probabilities.
        nodes: nodes that compute ``log_probs`` of ``context``, ``table`` and ``last``.
        change: change of the model before it is written.
    """
    info = helper.make_tensor_value_info
    graph = helper.make_graph(
        nodes,
        "bigram",
        [info("context", TensorProto.INT64, ["batch", BLOCK_SIZE])],
        [info("log_probs", TensorProto.FLOAT, ["batch", len(SYMBOLS)])],
        [
            numpy_helper.from_array(rows, "table"),
            numpy_helper.from_array(np.array(BLOCK_SIZE - 1), "last"),
        ],
    )
    opsets = [helper.make_opsetid("", 20)]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=10)
    change(model)
    raw: bytes = model.SerializeToString()
    return raw


def endless_onnx(rows: Rows) -> bytes:
    """Return a ``model.onnx`` that loads, and whose first answer takes longer than anyone waits."""
    flag = helper.make_tensor_value_info("on", TensorProto.BOOL, [])
    count = helper.make_tensor_value_info("i", TensorProto.INT64, [])
    kept = helper.make_tensor_value_info("kept", TensorProto.FLOAT, ["n", len(SYMBOLS)])
    out_flag = helper.make_tensor_value_info("still", TensorProto.BOOL, [])
    out_kept = helper.make_tensor_value_info("again", TensorProto.FLOAT, ["n", len(SYMBOLS)])
    body = helper.make_graph(
        [
            helper.make_node("Identity", ["on"], ["still"]),
            helper.make_node("Identity", ["kept"], ["again"]),
        ],
        "body",
        [count, flag, kept],
        [out_flag, out_kept],
    )
    nodes = (
        LAST_SYMBOL[0],
        helper.make_node("Gather", ["table", "symbol"], ["found"], axis=0),
        helper.make_node("Constant", [], ["times"], value_int=(1 << 62)),
        helper.make_node("Loop", ["times", "", "found"], ["log_probs"], body=body),
    )
    return onnx_bytes(rows, nodes)


def script_bytes(rows: Rows) -> bytes:
    """Return the ``model.ts`` of a bigram."""
    buffer = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        torch.jit.save(torch.jit.script(Bigram(rows)), buffer)
    return buffer.getvalue()


def rewrite_script(raw: bytes, change: Callable[[dict[str, bytes]], object]) -> bytes:
    """Change the members of a ``model.ts``, by the name behind the archive's folder."""
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        members = {info.filename.partition("/")[2]: archive.read(info) for info in archive.filelist}
    change(members)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in members.items():
            archive.writestr(f"archive/{name}", content)
    return buffer.getvalue()


def script_with(rows: Rows, code: str) -> bytes:
    """Return a ``model.ts`` whose ``forward`` begins with other code, indented by four."""

    def change(members: dict[str, bytes]) -> None:
        (path,) = (name for name in members if name.endswith(".py"))
        text = members[path].decode()
        start = "context: Tensor) -> Tensor:\n"
        assert start in text
        members[path] = text.replace(start, f"{start}{code}\n").encode()

    return rewrite_script(script_bytes(rows), change)


def publish_bigram(models: Path, rows: Rows, files: dict[str, bytes] | None = None) -> Path:
    """Publish a bigram as the next version of the model ``bigram``; return the version's folder.

    Args:
        models: folder of the repository.
        rows: log-probabilities, whose loss the manifest records.
        files: files in place of the bigram's own.
    """
    text = "".join(f"{name}\n" for name in NAMES).encode()
    own = {bundle.ONNX: onnx_bytes(rows), bundle.TORCHSCRIPT: script_bytes(rows)}
    splits = {bundle.split_path(split): text for split in ("train", "val", "test")}
    return publish(models, manifest_of(rows), own | splits | (files or {}))


def manifest_of(rows: Rows) -> pb.Manifest:
    """Return the manifest of a bigram, without version and files."""
    symbols = sum(len(name) + 1 for name in NAMES)
    described = pb.Split(names=len(NAMES), symbols=symbols, loss=loss_of(rows))
    splits = [pb.Split(name=name) for name in ("train", "val", "test")]
    for split in splits:
        split.MergeFrom(described)
    return pb.Manifest(
        format_version=FORMAT_VERSION,
        model="bigram",
        vocabulary=pb.Vocabulary(symbols=SYMBOLS),
        architecture=pb.Architecture(block_size=BLOCK_SIZE, parameters=rows.size),
        splits=splits,
    )


def loss_of(rows: Rows) -> float:
    """Return the mean negative log-probability of a symbol of the names."""
    losses = [
        -float(rows[SYMBOLS.index(before), SYMBOLS.index(after)])
        for name in NAMES
        for before, after in zip(f".{name}", f"{name}.", strict=True)
    ]
    return sum(losses) / len(losses)
