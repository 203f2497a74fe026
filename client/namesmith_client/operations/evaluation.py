"""The loss of sets of names."""

from collections.abc import AsyncIterable, Iterable
from typing import TypeVar

from namesmith.v1 import names_pb2
from namesmith_client.call import Call
from namesmith_client.message import built, model_ref
from namesmith_client.outgoing import Outgoing
from namesmith_client.results import Evaluation, SplitEvaluation

Kind = TypeVar("Kind", bound=Evaluation)


def evaluate(split: str, *, model: str = "", timeout: float | None = None) -> Call[SplitEvaluation]:
    """The model's loss on a split of its own training data.

    Args:
        split: train, val or test.
        model: name of the model; empty: the server's default.
        timeout: seconds the call may take; None: the client's.

    Raises:
        NamesmithError: one of its kinds; see ``namesmith_client.errors``.
    """
    request = built(names_pb2.EvaluateSplitRequest, model=model_ref(model), split=split)
    return Call(
        lambda stubs: stubs.names.EvaluateSplit,
        request,
        lambda response: _evaluation(SplitEvaluation, response),
        timeout,
    )


def evaluate_names(
    names: Iterable[str] | AsyncIterable[str],
    *,
    model: str = "",
    timeout: float | None = None,
) -> Call[Evaluation]:
    """The model's loss on any number of names, sent while they are taken; memory stays flat.

    An error that ``names`` raises ends the call and reaches the caller as it is. That the
    server refuses a name, or that the time is over, is noticed when the next message, of up to
    8,192 names, is full.

    Args:
        names: at least one, of 0 to 1,024 characters each; AsyncClient also takes an
            asynchronous iterable.
        model: name of the model; empty: the server's default.
        timeout: seconds the call may take; None: no limit.

    Raises:
        NamesmithError: one of its kinds; see ``namesmith_client.errors``.
    """
    return Call(
        lambda stubs: stubs.names.EvaluateNames,
        Outgoing(names, model),
        lambda response: _evaluation(Evaluation, response),
        timeout,
    )


def _evaluation(
    kind: type[Kind], response: names_pb2.EvaluateSplitResponse | names_pb2.EvaluateNamesResponse
) -> Kind:
    return kind(**{field: getattr(response, field) for field in kind.__dataclass_fields__})
