"""Operations that sample names, and that score the caller's names."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Unpack

from namesmith.v1 import names_pb2
from namesmith_client._calls import StreamCall, UnaryCall
from namesmith_client._generated_names import GeneratedNames
from namesmith_client._messages import build, read_names
from namesmith_client._model_reference import model_ref
from namesmith_client._sampling_and_constraint import SamplingAndConstraint, sampling_and_constraint

__all__ = ["GeneratedNames", "ScoredNames"]


@dataclass(frozen=True, slots=True)
class ScoredNames:
    """The probabilities that a model gives to the caller's names.

    Attributes:
        names: the names as the caller gave them.
        log_probs: natural-log probability of each name, its end symbol included, parallel to
            names, <= 0.
        character_log_probs: parallel to names: natural-log probabilities of the characters of a
            name and of its end symbol, <= 0, float32. None unless the caller asked for them.
        model: name of the model that scored.
        version: version of the model, >= 1.
        plausibilities: parallel to names: probability, in [0, 1], that a name drawn freely from the
            model is less probable than the name, names of the same probability by half. They are
            uniform on the model's own names. None unless the caller asked for them.
        plausibility_resolution: largest difference of a log-probability, in nats, by which a name
            may be taken for less or more probable than another; None unless the caller asked.
        plausibility_draws: of a model without a chain, number of names that were drawn, of which
            the plausibilities are shares; None where they are computed.
    """

    names: tuple[str, ...]
    log_probs: tuple[float, ...]
    character_log_probs: tuple[tuple[float, ...], ...] | None
    model: str
    version: int
    plausibilities: tuple[float, ...] | None = None
    plausibility_resolution: float | None = None
    plausibility_draws: int | None = None


def generate(  # noqa: PLR0913 - a field of the request is a parameter
    count: int,
    *,
    seed: int | None = None,
    first_row: int = 0,
    distinct: bool = False,
    log_probs: bool = False,
    model: str = "",
    **settings: Unpack[SamplingAndConstraint],
) -> UnaryCall[GeneratedNames]:
    """Sample whole names; the server sets each argument that is None or left out.

    Args:
        count: number of names, in [1, 100000].
        seed: in [0, 2**64); the same seed and arguments give the same names. None: the server
            draws a seed, which the result holds.
        first_row: row of the first name, >= 0: the result is the part from this row on of the
            names from row 0; 0 for distinct names.
        distinct: whether no name may stand twice: names are drawn without replacement.
        log_probs: whether the result holds log-probabilities.
        **settings: how symbols are drawn and which names are admitted: see
            ``SamplingAndConstraint``.
        model: NAME, NAME/VERSION, NAME@LABEL or a blend; empty: the server's default.

    Raises:
        NamesmithError: the call failed; for the subclasses see ``namesmith_client.errors``.
    """
    request = build(
        names_pb2.GenerateNamesRequest,
        model=model_ref(model),
        count=count,
        seed=seed,
        **sampling_and_constraint(settings),
        with_log_probs=log_probs,
        distinct=distinct,
        first_row=first_row,
    )
    to_result = _generated_names(with_log_probs=log_probs)
    return UnaryCall(lambda stubs: stubs.names.GenerateNames, request, to_result)


def stream(  # noqa: PLR0913 - a field of the request is a parameter
    count: int,
    *,
    seed: int | None = None,
    first_row: int = 0,
    distinct: bool = False,
    log_probs: bool = False,
    model: str = "",
    **settings: Unpack[SamplingAndConstraint],
) -> StreamCall:
    """Sample any number of names and read them while the server makes them; memory stays flat.

    ``generate`` returns the same names for the same arguments and seed. Closing the
    stream, or leaving its ``with`` block or the loop over it early, ends the server's work.

    Args:
        count: number of names, in [1, 1000000000]; distinct names at most 100,000.
        seed: in [0, 2**64); the same seed and arguments give the same names. None: the server
            draws a seed, which the stream holds.
        first_row: row of the first name, >= 0: the stream is the part from this row on of the
            names from row 0; 0 for distinct names.
        distinct: whether no name may stand twice: names are drawn without replacement.
        log_probs: whether the chunks hold log-probabilities.
        **settings: how symbols are drawn and which names are admitted: see
            ``SamplingAndConstraint``.
        model: NAME, NAME/VERSION, NAME@LABEL or a blend; empty: the server's default.

    Raises:
        NamesmithError: the call failed, raised on reading; see ``namesmith_client.errors``.
    """
    request = build(
        names_pb2.StreamNamesRequest,
        model=model_ref(model),
        count=count,
        seed=seed,
        **sampling_and_constraint(settings),
        with_log_probs=log_probs,
        distinct=distinct,
        first_row=first_row,
    )
    to_result = _generated_names(with_log_probs=log_probs)
    return StreamCall(lambda stubs: stubs.names.StreamNames, request, to_result)


def score(
    names: Iterable[str],
    *,
    per_character: bool = False,
    plausibility: bool = False,
    model: str = "",
) -> UnaryCall[ScoredNames]:
    """Return the probability that the model gives to each name.

    Args:
        names: 1 to 100,000 names of 0 to 1,024 characters.
        per_character: whether the result holds the log-probability of every symbol too.
        plausibility: whether the result holds the plausibility of every name too: the share of
            the model's own names that are less probable. A model's first call may take seconds.
        model: NAME, NAME/VERSION, NAME@LABEL or a blend; empty: the server's default.

    Raises:
        NamesmithError: the call failed; for the subclasses see ``namesmith_client.errors``.
    """
    given = read_names("names", names)
    request = build(
        names_pb2.ScoreNamesRequest,
        model=model_ref(model),
        names=given,
        per_character=per_character,
        with_plausibility=plausibility,
    )

    def to_result(response: names_pb2.ScoreNamesResponse) -> ScoredNames:
        scores = response.scores
        return ScoredNames(
            names=given,
            log_probs=tuple(one.log_prob for one in scores),
            character_log_probs=(
                tuple(tuple(one.character_log_probs) for one in scores) if per_character else None
            ),
            model=response.model,
            version=response.version,
            plausibilities=tuple(one.plausibility for one in scores) if plausibility else None,
            plausibility_resolution=(
                response.plausibility_resolution
                if response.HasField("plausibility_resolution")
                else None
            ),
            plausibility_draws=(
                response.plausibility_draws if response.HasField("plausibility_draws") else None
            ),
        )

    return UnaryCall(lambda stubs: stubs.names.ScoreNames, request, to_result)


def _generated_names(
    *, with_log_probs: bool
) -> Callable[[names_pb2.GenerateNamesResponse | names_pb2.StreamNamesResponse], GeneratedNames]:
    """Return the function that converts a response, or a chunk of a stream, into names."""

    def to_result(
        response: names_pb2.GenerateNamesResponse | names_pb2.StreamNamesResponse,
    ) -> GeneratedNames:
        return GeneratedNames(
            # A slice reads a repeated field fastest: one pass, in C.
            names=tuple(response.names[:]),
            log_probs=tuple(response.log_probs[:]) if with_log_probs else None,
            seed=response.seed,
            model=response.model,
            version=response.version,
            exhausted=response.exhausted,
            acceptance_rate=(
                response.acceptance_rate if response.HasField("acceptance_rate") else None
            ),
            gave_up=response.gave_up,
        )

    return to_result
