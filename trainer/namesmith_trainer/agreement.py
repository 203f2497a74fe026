"""The check before publishing: every exported form gives the network's probabilities."""

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
from namesmith_trainer import export

TOLERANCE = 1e-4
"""Largest difference in log-probability, nats."""

SAMPLE = 20_000
"""Contexts that are compared where there are more."""


class DisagreementError(RuntimeError):
    """An exported form that is not the network; the message says which and by how much."""


def sample_contexts(vocab_size: int, block_size: int) -> Tensor:
    """Every context, int64 [N, L], or ``SAMPLE`` random ones where there are more."""
    if vocab_size**block_size <= SAMPLE:
        return torch.cat(list(export.contexts(vocab_size, block_size)))
    generator = torch.Generator().manual_seed(0)
    return torch.randint(0, vocab_size, (SAMPLE, block_size), generator=generator)


def check_agreement(files: Mapping[str, bytes], contexts: Tensor, expected: Tensor) -> None:
    """Runs each exported form and compares it with the network.

    Args:
        files: bytes of each exported form, by file name.
        contexts: int64 [N, L].
        expected: the network's own log-probabilities in evaluation mode, [N, V].

    Raises:
        DisagreementError: a difference is above ``TOLERANCE`` or not a number.
    """
    for name, raw in files.items():
        difference = (RUN[name](raw, contexts).double() - expected.double()).abs().max().item()
        if not difference <= TOLERANCE:
            raise DisagreementError(
                f"{name} differs from the network by {difference:.3g} in log-probability,"
                f" at most {TOLERANCE:g} is allowed"
            )


def _run_onnx(raw: bytes, contexts: Tensor) -> Tensor:
    """Log-probabilities [N, V] by ONNX Runtime on the CPU."""
    session = onnxruntime.InferenceSession(raw, providers=["CPUExecutionProvider"])
    return torch.from_numpy(session.run(["log_probs"], {"context": contexts.numpy()})[0])


@torch.no_grad()
def _run_torchscript(raw: bytes, contexts: Tensor) -> Tensor:
    """Log-probabilities [N, V] by TorchScript on the CPU."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # the bundle format asks for it
        log_probs: Tensor = torch.jit.load(io.BytesIO(raw))(contexts)  # type: ignore[no-untyped-call]
    return log_probs


def _run_table(raw: bytes, contexts: Tensor) -> Tensor:
    """Log-probabilities [N, V] looked up in the table."""
    table = torch.from_numpy(load(raw)["log_probs"])
    places = table.shape[1] ** torch.arange(contexts.shape[1] - 1, -1, -1)
    return table[(contexts * places).sum(1)]


RUN = {bundle.ONNX: _run_onnx, bundle.TORCHSCRIPT: _run_torchscript, bundle.TABLE: _run_table}
"""What runs each exported form."""
