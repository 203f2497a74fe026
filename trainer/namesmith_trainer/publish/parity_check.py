"""The parity check before publishing: every exported form gives the model's probabilities.

A form's last digits depend on the number of contexts in a batch, because its runtime chooses other
kernels for other batch sizes. The check therefore runs each form on large and on small batches,
and on single contexts. The forms of a chain compute nothing: they must be equal to the last bit.

The forms of a network compute in float32, and are held to the folded network in float64, the most
exact form that there is. They may differ by rounding, whose size follows the network's numbers:
some 1e-6 nats of an ordinary network, 1e-2 where the inputs of tanh are thousands. So the yardstick
is plain torch, which runs the same folded module in float32:

    rounding    = max |float32 - float64| of the folded module
    each form   : |form - float64|       <=  FORM_ROUNDINGS x max(rounding, LEAST_ROUNDING)
    the folding : |network - float64|    <=  FOLD_ROUNDINGS x max(rounding, LEAST_ROUNDING)

The trained network itself, in float32 and not folded, is the least exact of all (measured: up to 4
times the rounding, 27 times after training had diverged); a fold that is wrong differs by tenths of
a nat. A rounding above ``MAX_LOG_PROB_DIFFERENCE`` leaves no model worth serving.
"""

import io
import os
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")  # its builds report to their maker otherwise

import onnxruntime
import torch
from safetensors.numpy import load
from torch import Tensor

from namesmith import bundle
from namesmith.limits import ASSUMED_LOG_PROB_DIFFERENCE, MAX_LOG_PROB_DIFFERENCE
from namesmith.vocabulary import END
from namesmith_trainer.models import Network
from namesmith_trainer.publish import export
from namesmith_trainer.publish.chain_form import ChainForm
from namesmith_trainer.training import DivergedError

SAMPLE = 20_000
"""Number of contexts on which forms are compared, where the model has more contexts."""

WALKS = 400
"""Number of names that are drawn side by side for the contexts of a chain."""

SMALL_BATCH = 32
"""Number of contexts of a batch in the second run of a form."""

SINGLES = 1_000
"""Number of contexts, at most, that the third run of a form is given one at a time."""


FORM_ROUNDINGS = 8
"""Ratio of the largest difference of an exported form to plain torch's rounding."""

FOLD_ROUNDINGS = 32
"""Ratio of the largest difference of the trained network to plain torch's rounding."""

LEAST_ROUNDING = ASSUMED_LOG_PROB_DIFFERENCE / FORM_ROUNDINGS
"""Least rounding that is assumed, nats: runtimes may round otherwise than torch."""

NUMBERS = 1 << 26
"""Most numbers of a layer for all contexts of a batch, so that wide networks fit in memory."""


class ParityError(RuntimeError):
    """Raised where a form differs from the network; the message names form and difference."""


@dataclass(frozen=True)
class Reference:
    """The distributions that exported forms are held to.

    Attributes:
        contexts: int64 [N, L].
        log_probs: log-probabilities of the model, [N, V].
        allowed: largest difference of a form from them, nats.
        batch: number of contexts of a large batch, at least ``SMALL_BATCH``.
        model: the word for the model, for messages.
    """

    contexts: Tensor
    log_probs: Tensor
    allowed: float
    batch: int = SAMPLE
    model: str = "network"


@torch.no_grad()
def network_reference(network: Network, contexts: Tensor, batch: int, device: str) -> Reference:
    """Return the folded network in float64, to which the network itself is held first.

    Args:
        network: trained network, on the device.
        contexts: int64 [N, L], on the CPU.
        batch: number of contexts that are computed at once.
        device: "cpu" or "cuda".

    Raises:
        DivergedError: float32 cannot tell the network's probabilities.
        ParityError: the folded network is not the network.
    """
    folded = network.fold()
    single = export.single(folded)
    parts = torch.split(contexts, batch)
    expected = torch.cat([folded(part) for part in parts])
    rounding = _difference(torch.cat([single(part) for part in parts]).double(), expected).item()
    if not rounding <= MAX_LOG_PROB_DIFFERENCE:
        logits = max(network.evaluate(part.to(device)).abs().max().item() for part in parts)
        raise DivergedError(
            f"training diverged: logits reach {logits:.3g}, and rounding in float32 alone moves"
            f" log-probabilities by {rounding:.3g} nats, where at most {MAX_LOG_PROB_DIFFERENCE:g}"
            " is published; a lower learning rate helps"
        )
    rounding = max(rounding, LEAST_ROUNDING)
    trained = torch.cat([network.log_probs(part.to(device)).cpu() for part in parts])
    difference = _difference(trained.double(), expected).item()
    if not difference <= FOLD_ROUNDINGS * rounding:
        raise ParityError(
            f"the folded network differs from the network by {difference:.3g} in log-probability,"
            f" at most {FOLD_ROUNDINGS * rounding:.3g} is allowed"
        )
    return Reference(contexts, expected, FORM_ROUNDINGS * rounding, max(batch, SMALL_BATCH))


def batch_of(hidden: int, block_size: int) -> int:
    """Return the number of contexts of a large batch of a network with such a hidden layer."""
    return min(SAMPLE, max(SMALL_BATCH, NUMBERS // (hidden * block_size)))


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


def check_parity(files: Mapping[str, bytes], reference: Reference) -> float:
    """Run every exported form in three batch sizes and compare its results with the model.

    Args:
        files: bytes of each exported form, by file name.
        reference: distributions of the model, and the difference that is allowed.

    Returns:
        the largest absolute difference in log-probability over all forms, in nats.

    Raises:
        ParityError: a difference is larger than is allowed, or is not a number.
    """
    allowed, largest = min(reference.allowed, MAX_LOG_PROB_DIFFERENCE), 0.0
    for name, raw in files.items():
        form = LOAD[name](raw)
        for difference in _differences(form, reference):
            if not difference <= allowed:
                raise ParityError(
                    f"{name} differs from the {reference.model} by {difference:.3g} in"
                    f" log-probability, at most {allowed:.3g} is allowed"
                )
            largest = max(largest, difference)
    return largest


Form = Callable[[Tensor], Tensor]
"""Exported form as a function from contexts int64 [B, L] to log-probabilities [B, V]."""


@torch.no_grad()
def _differences(form: Form, reference: Reference) -> Iterator[float]:
    """Yield the largest difference of a form at each batch size: large, SMALL_BATCH, 1."""
    contexts, expected = reference.contexts, reference.log_probs.double()
    apart = -(-len(contexts) // SINGLES)
    for step, size in ((1, reference.batch), (1, SMALL_BATCH), (apart, 1)):
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
