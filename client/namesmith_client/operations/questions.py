"""What a model believes of names: of those that satisfy a constraint, and as a whole."""

from collections.abc import Iterable

from namesmith.v1 import models_pb2, names_pb2
from namesmith_client.call import Call
from namesmith_client.conditions import constraint_of, sampling_of
from namesmith_client.message import built, model_ref
from namesmith_client.results import Description, Measure, TopNames


def measure(  # noqa: PLR0913 - the request's fields, by keyword
    *,
    floor: float | None = None,
    temperature: float | None = None,
    top_k: int | None = None,
    top_p: float | None = None,
    min_p: float | None = None,
    prefix: str = "",
    min_length: int | None = None,
    max_length: int | None = None,
    suffix: str = "",
    contains: str = "",
    pattern: str = "",
    forbidden: Iterable[str] = (),
    novel: bool = False,
    model: str = "",
    timeout: float | None = None,
) -> Call[Measure]:
    """How probable a constraint is, exactly; of models with a table.

    Args:
        floor: natural log, in [-1000000, 0]: names at least this probable are counted; None: none.
        temperature: as ``generate``, as all arguments up to novel.
        top_k: >= 0; 0 or None: all symbols.
        top_p: in (0, 1]; None: 1.
        min_p: in [0, 1]; None: 0.
        prefix: what a name begins with.
        min_length: in [0, max_length]; None: 1.
        max_length: in [1, 64]; None: 32.
        suffix: at most max_length characters.
        contains: at most max_length characters.
        pattern: at most 500 characters.
        forbidden: at most 10,000 names.
        novel: none of the training split's.
        model: name of the model; empty: the server's default.
        timeout: seconds the call may take; None: the client's.

    Raises:
        NamesmithError: one of its kinds; see ``namesmith_client.errors``.
    """
    request = built(
        names_pb2.MeasureConstraintRequest,
        model=model_ref(model),
        sampling=sampling_of(temperature, top_k, top_p, min_p),
        constraint=constraint_of(
            prefix, min_length, max_length, suffix, contains, pattern, forbidden, novel
        ),
        floor=floor,
    )
    return Call(lambda stubs: stubs.names.MeasureConstraint, request, _measure, timeout)


def top(  # noqa: PLR0913 - the request's fields, by keyword
    count: int,
    *,
    temperature: float | None = None,
    top_k: int | None = None,
    top_p: float | None = None,
    min_p: float | None = None,
    prefix: str = "",
    min_length: int | None = None,
    max_length: int | None = None,
    suffix: str = "",
    contains: str = "",
    pattern: str = "",
    forbidden: Iterable[str] = (),
    novel: bool = False,
    model: str = "",
    timeout: float | None = None,
) -> Call[TopNames]:
    """The most probable names under a constraint, exactly; of models with a table.

    Args:
        count: how many, in [1, 10000].
        temperature: as ``generate``, as all arguments up to novel.
        top_k: >= 0; 0 or None: all symbols.
        top_p: in (0, 1]; None: 1.
        min_p: in [0, 1]; None: 0.
        prefix: what each name begins with.
        min_length: in [0, max_length]; None: 1.
        max_length: in [1, 64]; None: 32.
        suffix: at most max_length characters.
        contains: at most max_length characters.
        pattern: at most 500 characters.
        forbidden: at most 10,000 names.
        novel: none of the training split's.
        model: name of the model; empty: the server's default.
        timeout: seconds the call may take; None: the client's.

    Raises:
        NamesmithError: one of its kinds; see ``namesmith_client.errors``.
    """
    request = built(
        names_pb2.ListTopNamesRequest,
        model=model_ref(model),
        count=count,
        sampling=sampling_of(temperature, top_k, top_p, min_p),
        constraint=constraint_of(
            prefix, min_length, max_length, suffix, contains, pattern, forbidden, novel
        ),
    )
    return Call(lambda stubs: stubs.names.ListTopNames, request, _top, timeout)


def describe(model: str = "", *, timeout: float | None = None) -> Call[Description]:
    """What a model believes of names as a whole, exactly; of models with a table.

    Args:
        model: name of the model; empty: the server's default.
        timeout: seconds the call may take; None: the client's.

    Raises:
        NamesmithError: one of its kinds; see ``namesmith_client.errors``.
    """
    request = models_pb2.DescribeModelRequest(model=model_ref(model))
    return Call(lambda stubs: stubs.models.DescribeModel, request, _description, timeout)


def _measure(response: names_pb2.MeasureConstraintResponse) -> Measure:
    counted = response.HasField("names_above_floor")
    return Measure(
        probability=response.probability,
        probability_given_lengths=response.probability_given_lengths,
        expected_length=response.expected_length,
        names=response.names,
        names_above_floor=response.names_above_floor if counted else None,
        more_above_floor=response.more_above_floor,
        model=response.model,
        version=response.version,
    )


def _top(response: names_pb2.ListTopNamesResponse) -> TopNames:
    return TopNames(
        names=tuple(response.names),
        log_probs=tuple(response.log_probs),
        exhausted=response.exhausted,
        model=response.model,
        version=response.version,
    )


def _description(response: models_pb2.DescribeModelResponse) -> Description:
    return Description(
        entropy_per_name=response.entropy_per_name,
        entropy_per_symbol=response.entropy_per_symbol,
        expected_length=response.expected_length,
        length_probabilities=tuple(response.length_probabilities),
        training_probability=response.training_probability,
        training_names=response.training_names,
        perplexities={one.split: one.perplexity for one in response.perplexities},
        model=response.model,
        version=response.version,
    )
