"""Every operation once: how its request is built and its response becomes a result.

Knows nothing of channels and of how a call is awaited; both clients are thin over it.
"""

from collections.abc import Iterable

from grpc_health.v1 import health_pb2

from namesmith.v1 import models_pb2, names_pb2
from namesmith_client.call import Call
from namesmith_client.message import built
from namesmith_client.results import (
    Evaluation,
    GeneratedNames,
    Health,
    Model,
    ScoredNames,
    Split,
)


def generate(  # noqa: PLR0913 - the request's fields, by keyword
    count: int,
    *,
    seed: int | None = None,
    temperature: float | None = None,
    top_k: int | None = None,
    top_p: float | None = None,
    min_p: float | None = None,
    prefix: str = "",
    min_length: int | None = None,
    max_length: int | None = None,
    log_probs: bool = False,
    model: str = "",
    timeout: float | None = None,
) -> Call[GeneratedNames]:
    """Samples whole names. None leaves an argument to the server's default.

    Args:
        count: how many, in [1, 100000].
        seed: in [0, 2**64); the same seed and arguments give the same names. None: the server
            draws one; the result tells which.
        temperature: in [0, 10], 0 is greedy; None: 1.
        top_k: draw from the k most probable symbols, >= 0; 0 or None: from all.
        top_p: draw from the most probable symbols that sum to top_p, in (0, 1]; None: 1.
        min_p: draw from symbols at least min_p times as probable as the most probable one, in
            [0, 1]; None: 0.
        prefix: what each name begins with.
        min_length: fewest characters, prefix included, in [0, max_length]; None: 1.
        max_length: most characters, prefix included, in [1, 64]; None: 32.
        log_probs: whether log-probabilities are wanted.
        model: name of the model; empty: the server's default.
        timeout: seconds the call may take; None: the client's.

    Raises:
        NamesmithError: one of its kinds; see ``namesmith_client.errors``.
    """
    request = built(
        names_pb2.GenerateNamesRequest,
        model=_model(model),
        count=count,
        seed=seed,
        sampling=built(
            names_pb2.Sampling,
            "sampling.",
            temperature=temperature,
            top_k=top_k,
            top_p=top_p,
            min_p=min_p,
        ),
        constraint=built(
            names_pb2.Constraint,
            "constraint.",
            prefix=prefix,
            min_length=min_length,
            max_length=max_length,
        ),
        with_log_probs=log_probs,
    )

    def convert(response: names_pb2.GenerateNamesResponse) -> GeneratedNames:
        return GeneratedNames(
            names=tuple(response.names),
            log_probs=tuple(response.log_probs) if log_probs else None,
            seed=response.seed,
            model=response.model,
            version=response.version,
        )

    return Call(lambda stubs: stubs.names.GenerateNames, request, convert, timeout)


def score(
    names: Iterable[str],
    *,
    per_character: bool = False,
    model: str = "",
    timeout: float | None = None,
) -> Call[ScoredNames]:
    """The probability that the model gives to each name.

    Args:
        names: 1 to 100,000 names of 0 to 1,024 characters.
        per_character: whether the log-probability of every symbol is wanted too.
        model: name of the model; empty: the server's default.
        timeout: seconds the call may take; None: the client's.

    Raises:
        NamesmithError: one of its kinds; see ``namesmith_client.errors``.
    """
    if isinstance(names, str):
        raise TypeError(f"names: {names!r} is one name, a list of names is expected")
    given = tuple(names)
    request = built(
        names_pb2.ScoreNamesRequest, model=_model(model), names=given, per_character=per_character
    )

    def convert(response: names_pb2.ScoreNamesResponse) -> ScoredNames:
        scores = response.scores
        return ScoredNames(
            names=given,
            log_probs=tuple(one.log_prob for one in scores),
            character_log_probs=(
                tuple(tuple(one.character_log_probs) for one in scores) if per_character else None
            ),
            model=response.model,
            version=response.version,
        )

    return Call(lambda stubs: stubs.names.ScoreNames, request, convert, timeout)


def evaluate(split: str, *, model: str = "", timeout: float | None = None) -> Call[Evaluation]:
    """The model's loss on a split of its own training data.

    Args:
        split: train, val or test.
        model: name of the model; empty: the server's default.
        timeout: seconds the call may take; None: the client's.

    Raises:
        NamesmithError: one of its kinds; see ``namesmith_client.errors``.
    """
    request = built(names_pb2.EvaluateSplitRequest, model=_model(model), split=split)
    return Call(lambda stubs: stubs.names.EvaluateSplit, request, _evaluation, timeout)


def model(name: str = "", *, timeout: float | None = None) -> Call[Model]:
    """Describes a model.

    Args:
        name: of the model; empty: the server's default.
        timeout: seconds the call may take; None: the client's.

    Raises:
        NamesmithError: one of its kinds; see ``namesmith_client.errors``.
    """
    request = models_pb2.GetModelRequest(model=_model(name))
    return Call(
        lambda stubs: stubs.models.GetModel, request, lambda one: _described(one.model), timeout
    )


def models(*, timeout: float | None = None) -> Call[tuple[Model, ...]]:
    """Describes every model, in the order of their names.

    Args:
        timeout: seconds the call may take; None: the client's.

    Raises:
        NamesmithError: one of its kinds; see ``namesmith_client.errors``.
    """
    return Call(
        lambda stubs: stubs.models.ListModels,
        models_pb2.ListModelsRequest(),
        lambda response: tuple(map(_described, response.models)),
        timeout,
    )


def health(*, service: str = "", timeout: float | None = None) -> Call[Health]:
    """The server's state, asked for once: there are no retries.

    Args:
        service: full name of a gRPC service; empty: the server as a whole.
        timeout: seconds the call may take; None: the client's.

    Raises:
        NamesmithError: one of its kinds; see ``namesmith_client.errors``.
    """
    request = built(health_pb2.HealthCheckRequest, service=service)
    return Call(lambda stubs: stubs.health.Check, request, health_of, timeout)


def health_of(response: health_pb2.HealthCheckResponse) -> Health:
    """The state in a response of the health service."""
    return {
        health_pb2.HealthCheckResponse.SERVING: Health.SERVING,
        health_pb2.HealthCheckResponse.NOT_SERVING: Health.NOT_SERVING,
    }.get(response.status, Health.UNKNOWN)


def _evaluation(response: names_pb2.EvaluateSplitResponse) -> Evaluation:
    return Evaluation(
        **{field: getattr(response, field) for field in Evaluation.__dataclass_fields__}
    )


def _described(message: models_pb2.Model) -> Model:
    manifest = message.manifest
    return Model(
        name=message.name,
        version=message.version,
        default=message.default,
        backend=message.backend,
        device=message.device,
        created=manifest.created,
        symbols=tuple(manifest.vocabulary.symbols),
        block_size=manifest.architecture.block_size,
        parameters=manifest.architecture.parameters,
        recipe=manifest.training.recipe,
        steps=manifest.training.steps,
        data=manifest.data.name,
        data_sha256=manifest.data.sha256,
        splits=tuple(Split(one.name, one.names, one.symbols, one.loss) for one in manifest.splits),
    )


def _model(name: str) -> names_pb2.ModelRef | None:
    return built(names_pb2.ModelRef, "model.", name=name) if name else None
