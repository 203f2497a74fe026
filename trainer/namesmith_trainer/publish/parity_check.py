"""The parity check before publishing: every exported form gives the model's probabilities.

A form's last digits depend on the number of contexts in a batch, because its runtime chooses other
kernels for other batch sizes. The check therefore runs each form on large and on small batches,
and on single contexts. The forms of a chain compute nothing: they must be equal to the last bit.
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
from namesmith.vocabulary import END
from namesmith_trainer.publish import export
from namesmith_trainer.publish.chain_form import ChainForm

SAMPLE = 20_000
"""Number of contexts on which forms are compared, where the model has more contexts."""

WALKS = 400
"""Number of names that are drawn side by side for the contexts of a chain."""

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


@torch.no_grad()
def walked_contexts(form: ChainForm, block_size: int) -> Tensor:
    """List the ``SAMPLE`` contexts of names that a chain draws, int64 [SAMPLE, L].

    Nearly all random contexts would end in a few states of short contexts; the chain's own names
    end in its states as often as the served model does.
    """
    generator = torch.Generator().manual_seed(0)
    contexts = torch.full((WALKS, block_size), END)
    rows = []
    for _ in range(SAMPLE // WALKS):
        rows.append(contexts)
        symbols = torch.multinomial(form(contexts).exp(), 1, generator=generator)
        contexts = torch.cat((contexts[:, 1:], symbols), 1) * (symbols != END)
    return torch.cat(rows)


def check_parity(files: Mapping[str, bytes], contexts: Tensor, expected: Tensor) -> float:
    """Run every exported form in three batch sizes and compare its results with the model.

    Args:
        files: bytes of each exported form, by file name.
        contexts: int64 [N, L].
        expected: log-probabilities of the network in evaluation, or of the chain, [N, V].

    Returns:
        the largest absolute difference in log-probability over all forms, in nats.

    Raises:
        ParityError: a difference is above ``MAX_LOG_PROB_DIFFERENCE``, with a chain among the
            files above 0, or is not a number.
    """
    model, allowed = (
        ("chain", 0.0) if bundle.CHAIN in files else ("network", MAX_LOG_PROB_DIFFERENCE)
    )
    largest = 0.0
    for name, raw in files.items():
        form = LOAD[name](raw)
        for difference in _differences(form, contexts, expected.double()):
            if not difference <= allowed:
                raise ParityError(
                    f"{name} differs from the {model} by {difference:.3g} in log-probability,"
                    f" at most {allowed:g} is allowed"
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
        parts = [_difference(form(row).double(), want) for row, want in pairs]
        yield torch.stack(parts).max().item()


def _difference(log_probs: Tensor, expected: Tensor) -> Tensor:
    """Return the largest absolute difference; 0 where both are minus infinity."""
    return (log_probs - expected).where(log_probs != expected, 0.0).abs().max()


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


LOAD: dict[str, Callable[[bytes], Form]] = {
    bundle.ONNX: _load_onnx,
    bundle.TORCHSCRIPT: _load_torchscript,
    bundle.TABLE: _load_table,
    bundle.CHAIN: ChainForm.load,
}
"""Function that opens an exported form, by file name."""
