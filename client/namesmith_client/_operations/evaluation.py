"""The loss of a model on sets of names."""

from collections.abc import AsyncIterable, Iterable
from dataclasses import dataclass, fields
from typing import Any

from namesmith.v1 import names_pb2
from namesmith_client._calls import UnaryCall, UploadCall
from namesmith_client._messages import build
from namesmith_client._model_reference import model_ref
from namesmith_client._name_batches import NameBatches

__all__ = ["Evaluation", "PartialLoss", "SplitEvaluation"]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The loss of a model on a set of names, and the model, backend and device that computed it.

    Attributes:
        loss: mean negative log-probability per predicted symbol, in nats.
        names: number of names in the set.
        symbols: number of predicted symbols, end symbols included.
        model: name of the model.
        version: version of the model, >= 1.
        perplexity: exp(loss).
        bits_per_character: loss / ln 2.
        backend: table, onnx or torchscript.
        device: cpu or cuda.
    """

    loss: float
    names: int
    symbols: int
    model: str
    version: int
    perplexity: float
    bits_per_character: float
    backend: str
    device: str


@dataclass(frozen=True, slots=True)
class PartialLoss:
    """The loss of a model on a part of a split.

    Attributes:
        loss: mean negative log-probability per predicted symbol, in nats; 0 without names.
        names: number of names of the part.
        symbols: number of predicted symbols, end symbols included.
    """

    loss: float
    names: int
    symbols: int


@dataclass(frozen=True, slots=True)
class SplitEvaluation(Evaluation):
    """The loss of a model on a split of its own data.

    Attributes:
        split: train, val or test.
        data_sha256: SHA-256 of the data file that the splits were cut from, hexadecimal.
        seen: loss on the names of the split that stand in the training split too, on which a long
            memory looks better than it is.
        unseen: loss on the other names of the split.
        novel_loss: mean negative log-probability per predicted symbol, in nats, where names are
            drawn given that they do not stand in the training split; None where the split has names
            of the training split, and for a model without a chain.
        occurrences: sum of the counts of the names, each of which weighs in every loss like as many
            names; 0 where names have no counts.
    """

    split: str
    data_sha256: str
    seen: PartialLoss
    unseen: PartialLoss
    novel_loss: float | None
    occurrences: int = 0


def evaluate(split: str, *, model: str = "") -> UnaryCall[SplitEvaluation]:
    """Return the model's loss on a split of its own data, also apart for training names.

    Args:
        split: train, val or test.
        model: NAME, NAME/VERSION or NAME@LABEL; empty: the server's default model.

    Raises:
        NamesmithError: the call failed; for the subclasses see ``namesmith_client.errors``.
    """
    request = build(names_pb2.EvaluateSplitRequest, model=model_ref(model), split=split)
    return UnaryCall(
        lambda stubs: stubs.names.EvaluateSplit,
        request,
        _split_evaluation,
    )


def evaluate_names(
    names: Iterable[str] | AsyncIterable[str],
    *,
    model: str = "",
) -> UploadCall[Evaluation]:
    """Return the model's loss on any number of names.

    The names are sent while they are read, so that memory stays flat. An error that ``names``
    raises ends the call and reaches the caller unchanged. A name that the server refuses, and a
    deadline that is over, are noticed when the next message, of up to 8,192 names, is full. A
    server that is overloaded is tried again where ``names`` is a collection, such as a list:
    other iterables give their names once.

    Args:
        names: at least one name, each of 0 to 1,024 characters; AsyncClient also takes an
            asynchronous iterable.
        model: NAME, NAME/VERSION, NAME@LABEL or a blend; empty: the server's default.

    Raises:
        NamesmithError: the call failed; for the subclasses see ``namesmith_client.errors``.
    """
    batches = NameBatches(names, model)
    return UploadCall(
        lambda stubs: stubs.names.EvaluateNames,
        batches,
        _evaluation,
        is_repeatable=batches.is_repeatable,
    )


def _evaluation(response: names_pb2.EvaluateNamesResponse) -> Evaluation:
    return Evaluation(**_shared_figures(response))


def _split_evaluation(response: names_pb2.EvaluateSplitResponse) -> SplitEvaluation:
    return SplitEvaluation(
        **_shared_figures(response),
        split=response.split,
        data_sha256=response.data_sha256,
        seen=_partial_loss(response.seen),
        unseen=_partial_loss(response.unseen),
        novel_loss=response.novel_loss if response.HasField("novel_loss") else None,
        occurrences=response.occurrences,
    )


def _shared_figures(
    response: names_pb2.EvaluateSplitResponse | names_pb2.EvaluateNamesResponse,
) -> dict[str, Any]:
    """Return the fields of a response that ``Evaluation`` has under the same names."""
    return {field.name: getattr(response, field.name) for field in fields(Evaluation)}


def _partial_loss(part: names_pb2.PartialLoss) -> PartialLoss:
    return PartialLoss(loss=part.loss, names=part.names, symbols=part.symbols)
