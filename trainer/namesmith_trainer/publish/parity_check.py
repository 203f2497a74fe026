"""The parity check before publishing: every exported form gives the network's probabilities."""

import io
import os
import warnings
from collections.abc import Mapping

os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")  # its builds report to their maker otherwise

import onnxruntime
import torch
from safetensors.numpy import load
from torch import Tensor

from namesmith import bundle
from namesmith.limits import MAX_LOG_PROB_DIFFERENCE
from namesmith_trainer.publish import export

SAMPLE = 20_000
"""Number of contexts on which forms are compared, where the model has more contexts."""


class ParityError(RuntimeError):
    """Raised for an exported form that differs from the network; names the form and by how much."""


def sample_contexts(vocab_size: int, block_size: int) -> Tensor:
    """Lists every context, int64 [N, L], or ``SAMPLE`` random contexts where there are more."""
    if vocab_size**block_size <= SAMPLE:
        return torch.cat(list(export.contexts(vocab_size, block_size)))
    generator = torch.Generator().manual_seed(0)
    return torch.randint(0, vocab_size, (SAMPLE, block_size), generator=generator)


def check_parity(files: Mapping[str, bytes], contexts: Tensor, expected: Tensor) -> float:
    """Runs every exported form and compares its log-probabilities with the network's.

    Args:
        files: bytes of each exported form, by file name.
        contexts: int64 [N, L].
        expected: log-probabilities of the network in evaluation, [N, V].

    Returns:
        the largest absolute difference over all forms, in nats.

    Raises:
        ParityError: a difference is above ``MAX_LOG_PROB_DIFFERENCE`` or not a number.
    """
    largest = 0.0
    for name, raw in files.items():
        difference = (RUN[name](raw, contexts).double() - expected.double()).abs().max().item()
        if not difference <= MAX_LOG_PROB_DIFFERENCE:
            raise ParityError(
                f"{name} differs from the network by {difference:.3g} in log-probability,"
                f" at most {MAX_LOG_PROB_DIFFERENCE:g} is allowed"
            )
        largest = max(largest, difference)
    return largest


def _run_onnx(raw: bytes, contexts: Tensor) -> Tensor:
    """Computes log-probabilities [N, V] with ONNX Runtime on the CPU."""
    session = onnxruntime.InferenceSession(raw, providers=["CPUExecutionProvider"])
    return torch.from_numpy(session.run(["log_probs"], {"context": contexts.numpy()})[0])


@torch.no_grad()
def _run_torchscript(raw: bytes, contexts: Tensor) -> Tensor:
    """Computes log-probabilities [N, V] with TorchScript on the CPU."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # the bundle format asks for it
        log_probs: Tensor = torch.jit.load(io.BytesIO(raw))(contexts)  # type: ignore[no-untyped-call]
    return log_probs


def _run_table(raw: bytes, contexts: Tensor) -> Tensor:
    """Looks up log-probabilities [N, V] in the table."""
    table = torch.from_numpy(load(raw)["log_probs"])
    places = table.shape[1] ** torch.arange(contexts.shape[1] - 1, -1, -1)
    return table[(contexts * places).sum(1)]


RUN = {bundle.ONNX: _run_onnx, bundle.TORCHSCRIPT: _run_torchscript, bundle.TABLE: _run_table}
"""Function that runs an exported form, by file name."""
