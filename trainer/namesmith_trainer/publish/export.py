"""The exported forms of a model: ONNX, TorchScript and the table, each as the bytes of a file.

Each form maps contexts int64 [B, L] to float32 log-probabilities [B, V]. Only the table is computed
in float64 and rounded once, which makes it the canonical form.
"""

import copy
import io
import logging
import warnings
from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import ArrayLike
from safetensors.numpy import save as save_numpy
from safetensors.torch import save
from torch import Tensor, nn

CHUNK = 1 << 14
"""Number of contexts in one pass while the table is computed."""


def contexts(vocab_size: int, block_size: int) -> Iterator[Tensor]:
    """Yield every context in the order of the table's rows, in parts int64 [<= CHUNK, L]."""
    places = vocab_size ** torch.arange(block_size - 1, -1, -1)
    count = vocab_size**block_size
    for at in range(0, count, CHUNK):
        rows = torch.arange(at, min(at + CHUNK, count))
        yield rows[:, None] // places % vocab_size


def table_bytes(vocab_size: int, block_size: int) -> int:
    """Return the size of a model's table in bytes: V^L x V x 4."""
    size: int = vocab_size ** (block_size + 1) * 4
    return size


@torch.no_grad()
def to_table(model: nn.Module, vocab_size: int, block_size: int) -> bytes:
    """Encode ``table.safetensors``: log_probs float32 [V^L, V] of a float64 model."""
    rows = [model(chunk).float() for chunk in contexts(vocab_size, block_size)]
    return save({"log_probs": torch.cat(rows)})


def to_chain(log_probs: ArrayLike, rows: ArrayLike, successors: ArrayLike, start: int) -> bytes:
    """Encode ``chain.safetensors``."""
    return save_numpy(
        {
            "log_probs": np.ascontiguousarray(log_probs, np.float32),
            "rows": np.ascontiguousarray(rows, np.int32),
            "successors": np.ascontiguousarray(successors, np.int32),
            "start": np.array([start], np.int32),
        }
    )


def to_torchscript(model: nn.Module) -> bytes:
    """Encode ``model.ts``: the scripted float32 model."""
    buffer = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # the bundle format asks for it
        torch.jit.save(torch.jit.script(_single(model)), buffer)
    return buffer.getvalue()


def to_onnx(model: nn.Module, block_size: int) -> bytes:
    """Encode ``model.onnx``: input ``context``, output ``log_probs``, a batch of any size.

    Raises:
        RuntimeError: torch's exporter returned no program.
    """
    example = torch.zeros((2, block_size), dtype=torch.int64)
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter's own deprecations
        program = torch.onnx.export(
            _single(model),
            (example,),
            dynamo=True,
            verbose=False,
            input_names=["context"],
            output_names=["log_probs"],
            dynamic_shapes=({0: torch.export.Dim("batch")},),
        )
    if program is None:
        raise RuntimeError("the exporter returned nothing")
    proto = program.model_proto
    for node in proto.graph.node:
        del node.metadata_props[:]  # stack traces of the machine that exported
    return proto.SerializeToString()


def _single(model: nn.Module) -> nn.Module:
    """Copy a model to float32, in evaluation mode."""
    return copy.deepcopy(model).float().eval()
