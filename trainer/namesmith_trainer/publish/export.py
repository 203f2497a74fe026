"""The exported forms of a model: ONNX, TorchScript, table or chain, each as the bytes of a file.

Each form maps contexts int64 [B, L] to float32 log-probabilities [B, V]. A network's table is
computed in float64 and rounded once, which makes it the canonical form; a chain is its own.
"""

import copy
import io
import logging
import warnings
from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import ArrayLike
from safetensors import numpy as safetensors
from safetensors.torch import save
from torch import Tensor, nn
from torch.jit.frontend import FrontendError

from namesmith import bundle
from namesmith_trainer.publish.chain_form import check_ends

CHUNK = 1 << 12
"""Number of contexts in one pass while the table is computed."""


class ExportError(RuntimeError):
    """Raised where torch cannot write a model in a form; the message names the file and fault."""


def contexts(vocab_size: int, block_size: int) -> Iterator[Tensor]:
    """Yield every context in the order of the table's rows, in parts int64 [<= CHUNK, L]."""
    places = vocab_size ** torch.arange(block_size - 1, -1, -1)
    count = vocab_size**block_size
    for at in range(0, count, CHUNK):
        rows = torch.arange(at, min(at + CHUNK, count))
        yield rows[:, None] // places % vocab_size


@torch.no_grad()
def to_table(model: nn.Module, vocab_size: int, block_size: int) -> bytes:
    """Encode ``table.safetensors``: log_probs float32 [V^L, V] of a float64 model."""
    rows = [model(chunk).float() for chunk in contexts(vocab_size, block_size)]
    return save({"log_probs": torch.cat(rows)})


def to_chain(log_probs: ArrayLike, rows: ArrayLike, successors: ArrayLike, start: int) -> bytes:
    """Encode ``chain.safetensors``; ``rows`` are left out where state s has row s.

    Args:
        log_probs: natural log-probabilities of the next symbol, [S, V].
        rows: row of ``successors`` of each state, [S].
        successors: state after each symbol, [R, V]; the start after the end symbol.
        start: state before the first symbol.

    Raises:
        ValueError: the end symbol does not lead to the start.
    """
    check_ends(successors, start)
    tensors = {
        "log_probs": np.asarray(log_probs, dtype=np.float32),
        "successors": np.asarray(successors, dtype=np.int32),
        "start": np.array([start], dtype=np.int32),
    }
    indices = np.asarray(rows, dtype=np.int32)
    if not np.array_equal(indices, np.arange(len(tensors["successors"]))):
        tensors["rows"] = indices
    return safetensors.save({name: np.ascontiguousarray(one) for name, one in tensors.items()})


def to_torchscript(model: nn.Module) -> bytes:
    """Encode ``model.ts``: the scripted float32 model.

    Raises:
        ExportError: torch cannot script the model.
    """
    buffer = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # the bundle format asks for it
        try:
            torch.jit.save(torch.jit.script(single(model)), buffer)
        except (FrontendError, RuntimeError) as error:
            raise _failed(bundle.TORCHSCRIPT, error) from error
    return buffer.getvalue()


def to_onnx(model: nn.Module, block_size: int) -> bytes:
    """Encode ``model.onnx``: input ``context``, output ``log_probs``, a batch of any size.

    Raises:
        ExportError: torch's exporter fails, or lacks a package.
    """
    example = torch.zeros((2, block_size), dtype=torch.int64)
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter's own deprecations
        try:
            program = torch.onnx.export(
                single(model),
                (example,),
                dynamo=True,
                verbose=False,
                input_names=["context"],
                output_names=["log_probs"],
                dynamic_shapes=({0: torch.export.Dim("batch")},),
            )
        except (torch.onnx.OnnxExporterError, ImportError) as error:
            raise _failed(bundle.ONNX, error) from error
    if program is None:
        raise ExportError(f"{bundle.ONNX}: the exporter returned nothing")
    proto = program.model_proto
    for node in proto.graph.node:
        del node.metadata_props[:]  # stack traces of the machine that exported
    return proto.SerializeToString()


def single(model: nn.Module) -> nn.Module:
    """Copy a model to float32, in evaluation mode; indices stay integers."""
    return copy.deepcopy(model).float().eval()


def _failed(file: str, error: Exception) -> ExportError:
    return ExportError(f"{file}: cannot be exported: {str(error).strip().partition(chr(10))[0]}")
