"""The parity check before publishing: every exported form gives the network's probabilities.

A form's last digits depend on the number of contexts in a batch, because its runtime chooses other
kernels for other batch sizes. The check therefore runs each form on large and on small batches,
and on single contexts.
"""

import io
import os
import warnings
from collections.abc import Callable, Iterator, Mapping

os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")  # its builds report to their maker otherwise

import onnxruntime
import torch
from safetensors.numpy import load
from torch import Tensor

from namesmith import bundle
from namesmith.limits import MAX_LOG_PROB_DIFFERENCE
from namesmith_trainer.publish import export
from namesmith_trainer.publish.chain_form import ChainForm

SAMPLE = 20_000
"""Number of contexts on which forms are compared, where the model has more contexts."""

SMALL_BATCH = 32
"""Number of contexts of a batch in the second run of a form."""

SINGLES = 1_000
"""Number of contexts, at most, that the third run of a form is given one at a time."""


class ParityError(RuntimeError):
    """Raised where a form differs from the network; the message names form and difference."""


def sample_contexts(vocab_size: int, block_size: int) -> Tensor:
    """List every context, int64 [N, L], or ``SAMPLE`` random contexts where the model has more."""
    if vocab_size**block_size <= SAMPLE:
        return torch.cat(list(export.contexts(vocab_size, block_size)))
    generator = torch.Generator().manual_seed(0)
    return torch.randint(0, vocab_size, (SAMPLE, block_size), generator=generator)


def check_parity(files: Mapping[str, bytes], contexts: Tensor, expected: Tensor) -> float:
    """Run every exported form in three batch sizes and compare its results with the network.

    Args:
        files: bytes of each exported form, by file name.
        contexts: int64 [N, L].
        expected: log-probabilities of the network in evaluation, [N, V].

    Returns:
        the largest absolute difference in log-probability over all forms, in nats.

    Raises:
        ParityError: a difference is above ``MAX_LOG_PROB_DIFFERENCE`` or is not a number.
    """
    largest = 0.0
    for name, raw in files.items():
        form = LOAD[name](raw)
        for difference in _differences(form, contexts, expected.double()):
            if not difference <= MAX_LOG_PROB_DIFFERENCE:
                raise ParityError(
                    f"{name} differs from the network by {difference:.3g} in log-probability,"
                    f" at most {MAX_LOG_PROB_DIFFERENCE:g} is allowed"
                )
            largest = max(largest, difference)
    return largest


Form = Callable[[Tensor], Tensor]
"""Exported form as a function from contexts int64 [B, L] to log-probabilities [B, V]."""


@torch.no_grad()
def _differences(form: Form, contexts: Tensor, expected: Tensor) -> Iterator[float]:
    """Yield the largest difference of a form at each batch size: all contexts, SMALL_BATCH, 1."""
    apart = -(-len(contexts) // SINGLES)
    for step, size in ((1, len(contexts)), (1, SMALL_BATCH), (apart, 1)):
        rows, wanted = (torch.split(tensor[::step], size) for tensor in (contexts, expected))
        pairs = zip(rows, wanted, strict=True)
        parts = [(form(row).double() - want).abs().max() for row, want in pairs]
        yield torch.stack(parts).max().item()


def _load_onnx(raw: bytes) -> Form:
    """Open an ONNX model in ONNX Runtime on the CPU."""
    session = onnxruntime.InferenceSession(raw, providers=["CPUExecutionProvider"])
    return lambda contexts: torch.from_numpy(
        session.run(["log_probs"], {"context": contexts.numpy()})[0]
    )


def _load_torchscript(raw: bytes) -> Form:
    """Open a TorchScript module on the CPU."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # the bundle format asks for it
        form: Form = torch.jit.load(io.BytesIO(raw))  # type: ignore[no-untyped-call]
    return form


def _load_table(raw: bytes) -> Form:
    """Open a table; the form looks up the row of each context."""
    table = torch.from_numpy(load(raw)["log_probs"])

    def look_up(contexts: Tensor) -> Tensor:
        places = table.shape[1] ** torch.arange(contexts.shape[1] - 1, -1, -1)
        return table[(contexts * places).sum(1)]

    return look_up


def _load_chain(raw: bytes) -> Form:
    """Open a chain; the form walks from the start along each context."""
    held = load(raw)
    form: Form = ChainForm(
        held["log_probs"], held["rows"], held["successors"], int(held["start"][0])
    )
    return form


LOAD = {
    bundle.ONNX: _load_onnx,
    bundle.TORCHSCRIPT: _load_torchscript,
    bundle.TABLE: _load_table,
    bundle.CHAIN: _load_chain,
}
"""Function that opens an exported form, by file name."""
