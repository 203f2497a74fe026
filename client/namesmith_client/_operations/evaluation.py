"""The loss of a model on sets of names."""

from collections.abc import AsyncIterable, Iterable
from dataclasses import dataclass, fields
from typing import TypeVar

from namesmith.v1 import names_pb2
from namesmith_client._call import Call
from namesmith_client._messages import build, model_ref
from namesmith_client._name_batches import NameBatches
from namesmith_client._operation import client_stream, unary

__all__ = ["Evaluation", "SplitEvaluation"]


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
class SplitEvaluation(Evaluation):
    """The loss of a model on a split of its own data.

    Attributes:
        split: train, val or test.
        data_sha256: SHA-256 of the data file that the splits were cut from, hexadecimal.
    """

    split: str
    data_sha256: str


Kind = TypeVar("Kind", bound=Evaluation)


class EvaluationOperations:
    """Operations that return the loss of a model on a split or on given names."""

    @unary
    def evaluate(
        split: str, *, model: str = "", timeout: float | None = None
    ) -> Call[SplitEvaluation]:
        """Return the model's loss on a split of its own data.

        Args:
            split: train, val or test.
            model: name of the model; empty: the server's default model.
            timeout: seconds that the call may take; None: the client's timeout.

        Raises:
            NamesmithError: the call failed; for the subclasses see ``namesmith_client.errors``.
        """
        request = build(names_pb2.EvaluateSplitRequest, model=model_ref(model), split=split)
        return Call(
            lambda stubs: stubs.names.EvaluateSplit,
            request,
            lambda response: _evaluation(SplitEvaluation, response),
            timeout,
        )

    @client_stream
    def evaluate_names(
        names: Iterable[str] | AsyncIterable[str],
        *,
        model: str = "",
        timeout: float | None = None,
    ) -> Call[Evaluation]:
        """Return the model's loss on any number of names.

        The names are sent while they are read, so that memory stays flat. An error that ``names``
        raises ends the call and reaches the caller unchanged. A name that the server refuses, and a
        deadline that is over, are noticed when the next message, of up to 8,192 names, is full.

        Args:
            names: at least one name, each of 0 to 1,024 characters; AsyncClient also takes an
                asynchronous iterable.
            model: name of the model; empty: the server's default model.
            timeout: seconds that the call may take; None: no limit.

        Raises:
            NamesmithError: the call failed; for the subclasses see ``namesmith_client.errors``.
        """
        return Call(
            lambda stubs: stubs.names.EvaluateNames,
            NameBatches(names, model),
            lambda response: _evaluation(Evaluation, response),
            timeout,
        )


def _evaluation(
    kind: type[Kind], response: names_pb2.EvaluateSplitResponse | names_pb2.EvaluateNamesResponse
) -> Kind:
    """Copy the like-named fields of an evaluation response into a result."""
    return kind(**{field.name: getattr(response, field.name) for field in fields(kind)})
