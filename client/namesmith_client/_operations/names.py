"""Sampling names, and scoring the names of a caller."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Unpack

from namesmith.v1 import names_pb2
from namesmith_client._call import Call
from namesmith_client._generated_names import GeneratedNames
from namesmith_client._messages import build, model_ref, read_names
from namesmith_client._operation import server_stream, unary
from namesmith_client._sampling_and_constraint import SamplingAndConstraint, sampling_and_constraint

__all__ = ["GeneratedNames", "ScoredNames"]


@dataclass(frozen=True, slots=True)
class ScoredNames:
    """The probabilities that a model gives to names.

    Attributes:
        names: the names as they were given.
        log_probs: natural-log probability of each name, its end symbol included, parallel to
            names, <= 0.
        character_log_probs: parallel to names: natural-log probabilities of the characters of a
            name and of its end symbol, <= 0, float32. None unless asked for.
        model: name of the model that scored.
        version: version of the model, >= 1.
    """

    names: tuple[str, ...]
    log_probs: tuple[float, ...]
    character_log_probs: tuple[tuple[float, ...], ...] | None
    model: str
    version: int


class NameOperations:
    """Operations that sample names or score them."""

    @unary
    def generate(  # noqa: PLR0913 - the request's fields, by keyword
        count: int,
        *,
        seed: int | None = None,
        distinct: bool = False,
        log_probs: bool = False,
        model: str = "",
        timeout: float | None = None,
        **settings: Unpack[SamplingAndConstraint],
    ) -> Call[GeneratedNames]:
        """Sample whole names; an argument that is None, or left out, is the server's to set.

        Args:
            count: number of names, in [1, 100000].
            seed: in [0, 2**64); the same seed and arguments give the same names. None: the server
                draws a seed, and the result tells which.
            distinct: whether no name may stand twice: names are drawn without replacement.
            log_probs: whether log-probabilities are wanted.
            **settings: how symbols are drawn and which names are admitted: see
                ``SamplingAndConstraint``.
            model: name of the model; empty: the server's default.
            timeout: seconds that the call may take; None: the client's timeout.

        Raises:
            NamesmithError: one of its kinds; see ``namesmith_client.errors``.
        """
        request = build(
            names_pb2.GenerateNamesRequest,
            model=model_ref(model),
            count=count,
            seed=seed,
            **sampling_and_constraint(settings),
            with_log_probs=log_probs,
            distinct=distinct,
        )
        to_result = _generated_names(with_log_probs=log_probs)
        return Call(lambda stubs: stubs.names.GenerateNames, request, to_result, timeout)

    @server_stream
    def stream(  # noqa: PLR0913 - the request's fields, by keyword
        count: int,
        *,
        seed: int | None = None,
        distinct: bool = False,
        log_probs: bool = False,
        model: str = "",
        timeout: float | None = None,
        **settings: Unpack[SamplingAndConstraint],
    ) -> Call[GeneratedNames]:
        """Sample any number of names, which are read while they are made; memory stays flat.

        The names are those that ``generate`` gives for the same arguments and seed. Closing the
        stream, or leaving its ``with`` block or the loop over it early, ends the server's work.

        Args:
            count: number of names, in [1, 1000000000]; of distinct names at most 100,000.
            seed: in [0, 2**64); the same seed and arguments give the same names. None: the server
                draws a seed, and the stream tells which.
            distinct: whether no name may stand twice: names are drawn without replacement.
            log_probs: whether log-probabilities are wanted; they stand in the chunks.
            **settings: how symbols are drawn and which names are admitted: see
                ``SamplingAndConstraint``.
            model: name of the model; empty: the server's default.
            timeout: seconds until the last name must have come; None: no limit.

        Raises:
            NamesmithError: one of its kinds, on reading; see ``namesmith_client.errors``.
        """
        request = build(
            names_pb2.StreamNamesRequest,
            model=model_ref(model),
            count=count,
            seed=seed,
            **sampling_and_constraint(settings),
            with_log_probs=log_probs,
            distinct=distinct,
        )
        to_result = _generated_names(with_log_probs=log_probs)
        return Call(lambda stubs: stubs.names.StreamNames, request, to_result, timeout)

    @unary
    def score(
        names: Iterable[str],
        *,
        per_character: bool = False,
        model: str = "",
        timeout: float | None = None,
    ) -> Call[ScoredNames]:
        """Tells the probability that the model gives to each name.

        Args:
            names: 1 to 100,000 names of 0 to 1,024 characters.
            per_character: whether the log-probability of every symbol is wanted too.
            model: name of the model; empty: the server's default.
            timeout: seconds that the call may take; None: the client's timeout.

        Raises:
            NamesmithError: one of its kinds; see ``namesmith_client.errors``.
        """
        given = read_names("names", names)
        request = build(
            names_pb2.ScoreNamesRequest,
            model=model_ref(model),
            names=given,
            per_character=per_character,
        )

        def to_result(response: names_pb2.ScoreNamesResponse) -> ScoredNames:
            scores = response.scores
            return ScoredNames(
                names=given,
                log_probs=tuple(one.log_prob for one in scores),
                character_log_probs=(
                    tuple(tuple(one.character_log_probs) for one in scores)
                    if per_character
                    else None
                ),
                model=response.model,
                version=response.version,
            )

        return Call(lambda stubs: stubs.names.ScoreNames, request, to_result, timeout)


def _generated_names(
    *, with_log_probs: bool
) -> Callable[[names_pb2.GenerateNamesResponse | names_pb2.StreamNamesResponse], GeneratedNames]:
    """Make the conversion of a response, or of a chunk of a stream."""

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
