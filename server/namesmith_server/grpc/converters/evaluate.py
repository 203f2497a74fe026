"""Requests and responses of ScoreNames, EvaluateSplit and EvaluateNames."""

import math
from collections.abc import Sequence
from itertools import islice, repeat
from typing import TypedDict

from namesmith import limits
from namesmith.v1 import names_pb2 as pb
from namesmith.vocabulary import Vocabulary
from namesmith_server.engine import Loss, Plausibilities, Scores, SplitLoss
from namesmith_server.grpc.catalog import ServedModel
from namesmith_server.grpc.converters.generate import CostLimits
from namesmith_server.grpc.converters.validator import Validator
from namesmith_server.grpc.errors import InvalidArgumentError, Violation

SLICE = 1_024
"""Number of scores that are serialized at a time: some 1 ms."""


def parse_names(
    request: pb.ScoreNamesRequest | pb.EvaluateNamesRequest,
    cost_limits: CostLimits,
    before: int = 0,
) -> Sequence[str]:
    """Return the names of a request, at least one, after ``before`` earlier names of its call.

    The characters are checked when the names are encoded; ``unknown_character_error`` then reports
    the wrong character.

    Raises:
        InvalidArgumentError: the request has no names, too many names or too long names.
    """
    validator = Validator()
    check_names(request.names, cost_limits, validator, before)
    validator.raise_if_invalid()
    return list(request.names)


def check_names(
    names: Sequence[str], cost_limits: CostLimits, validator: Validator, before: int = 0
) -> None:
    """Add a violation where there are no names, too many or too long ones.

    Args:
        names: names of a message.
        cost_limits: cost that a call may have.
        validator: collection of violations.
        before: number of earlier names of the call.
    """
    most, most_characters = limits.MAX_SCORED_NAMES, limits.MAX_TEXT_CHARACTERS
    if not 1 <= len(names) <= most:
        validator.fail("names", f"{len(names)} names, 1 to {most} are allowed")
        return
    lengths = [len(name) for name in names]
    longest = max(range(len(lengths)), key=lengths.__getitem__)
    validator.require(
        lengths[longest] <= most_characters,
        f"names[{before + longest}]",
        f"{lengths[longest]} characters, at most {most_characters} are allowed",
    )
    validator.require(
        sum(lengths) <= cost_limits.symbols,
        "names",
        f"{sum(lengths)} characters, at most {cost_limits.symbols} are allowed in a call",
    )


def no_names_error() -> InvalidArgumentError:
    """Return the error of a call that sent no name."""
    return InvalidArgumentError([Violation("names", "0 names, at least 1 must be sent")])


def unknown_character_error(
    names: Sequence[str], vocabulary: Vocabulary, before: int = 0
) -> InvalidArgumentError:
    """Return the error of names of which at least one holds a character outside the vocabulary."""
    validator = Validator()
    for i, name in enumerate(names):
        validator.encode(f"names[{before + i}]", name, vocabulary)
        if validator.violations:
            break
    return InvalidArgumentError(validator.violations)


def score_response(
    scores: Scores, plausible: Plausibilities | None, served: ServedModel, *, per_character: bool
) -> bytes:
    """Serialize the scores of names as a response, a slice at a time: other threads have turns.

    Args:
        scores: scores of the names.
        plausible: how plausible the names are; None: it was not asked for.
        served: model that scored.
        per_character: whether the score of every symbol is told too.
    """
    log_probs = scores.log_probs.tolist()
    values = repeat(None) if plausible is None else plausible.values.tolist()
    each = zip(log_probs, values, strict=False)
    ends = scores.lengths.cumsum()
    whole = pb.ScoreNamesResponse(model=served.name, version=served.version)
    if plausible is not None:
        whole.plausibility_resolution = plausible.resolution
        if plausible.draws is not None:
            whole.plausibility_draws = plausible.draws
    raw = [whole.SerializeToString()]
    for at in range(0, len(log_probs), SLICE):
        part = pb.ScoreNamesResponse()
        for i, (log_prob, value) in enumerate(islice(each, SLICE), at):
            score = part.scores.add(log_prob=log_prob, plausibility=value)
            if per_character:
                since = ends[i] - scores.lengths[i]
                score.character_log_probs.extend(scores.character_log_probs[since : ends[i]])
        raw.append(part.SerializeToString())
    return b"".join(raw)


class EvaluationFields(TypedDict):
    """The fields that the responses of EvaluateSplit and EvaluateNames share."""

    loss: float
    perplexity: float
    bits_per_character: float
    names: int
    symbols: int
    model: str
    version: int
    backend: str
    device: str


def evaluation_fields(loss: Loss, served: ServedModel) -> EvaluationFields:
    """Convert a loss to the fields of an evaluation's response."""
    return EvaluationFields(
        loss=loss.mean,
        perplexity=math.exp(loss.mean),
        bits_per_character=loss.mean / math.log(2),
        names=loss.names,
        symbols=loss.symbols,
        model=served.name,
        version=served.version,
        backend=served.model.backend.name,
        device=served.model.backend.device,
    )


def split_response(split: str, loss: SplitLoss, served: ServedModel) -> pb.EvaluateSplitResponse:
    """Convert the loss of a split to a response."""
    return pb.EvaluateSplitResponse(
        split=split,
        data_sha256=served.manifest.data.sha256,
        seen=_partial_loss(loss.seen),
        unseen=_partial_loss(loss.unseen),
        novel_loss=loss.novel,
        occurrences=loss.whole.occurrences,
        **evaluation_fields(loss.whole, served),
    )


def _partial_loss(loss: Loss) -> pb.PartialLoss:
    return pb.PartialLoss(loss=loss.mean, names=loss.names, symbols=loss.symbols)
