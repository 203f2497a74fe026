"""Names that are drawn, and the exact questions about names, as a request asks for them."""

from collections.abc import Iterator
from functools import lru_cache
from itertools import islice
from random import Random

from namesmith import limits
from namesmith.v1 import names_pb2 as pb
from namesmith_client.testing._fake._checks import (
    Checks,
    check_constraint,
    check_sampling,
    max_length,
    pattern_rest,
)
from namesmith_client.testing._fake._data import TRAIN
from namesmith_client.testing._fake._distribution import VOCABULARY, log_prob, rows_of
from namesmith_client.testing._fake._language import ANY, Language, literal
from namesmith_client.testing._fake._refusals import invalid_field, unsatisfiable
from namesmith_client.testing._fake._trellis import Draws, Trellis, most_probable

CHUNK = 512
"""Number of names in a message of a stream."""

SEED_BITS = 53
"""Bits of a seed that the fake draws: a double holds it."""

Drawn = pb.GenerateNamesRequest | pb.StreamNamesRequest


def check_drawn(request: Drawn) -> None:
    """Check a request for names.

    Raises:
        InvalidArgumentError: fields are out of their bounds.
    """
    checks = Checks()
    is_stream = isinstance(request, pb.StreamNamesRequest)
    most = limits.MAX_STREAMED_NAMES if is_stream else limits.MAX_GENERATED_NAMES
    most = min(most, limits.MAX_DISTINCT_NAMES) if request.distinct else most
    checks.in_range("count", request.count, 1, most)
    if request.distinct:
        told = "with distinct, whose names depend on the names before them; 0 is allowed"
        checks.require(not request.first_row, "first_row", f"{request.first_row} {told}")
    else:
        last = limits.MAX_ROW - max(request.count, 1)
        checks.in_range("first_row", request.first_row, 0, last)
    check_sampling(request.sampling, checks)
    check_constraint(request.constraint, checks)
    checks.end()
    longest = max_length(request.constraint)
    cost = request.count * longest
    if not is_stream and cost > limits.DEFAULT_MAX_SYMBOLS:
        told = (
            f"{request.count} names of up to {longest} characters are {cost} symbols, at most"
            f" {limits.DEFAULT_MAX_SYMBOLS} are allowed in a call"
        )
        raise invalid_field("count", told)


def drawn_chunks(request: Drawn, size: int) -> Iterator[pb.StreamNamesResponse]:
    """Iterate over the names of a request that has been checked, ``size`` in a message.

    Raises:
        FailedPreconditionError: no name satisfies the constraint.
    """
    seed = request.seed if request.HasField("seed") else Random().getrandbits(SEED_BITS)  # noqa: S311 - no secret
    prefix = VOCABULARY.normalise(request.constraint.prefix)
    node = _trellis(*_key(request.sampling, request.constraint, weighs_prefix=False)).node(prefix)
    if not node.weight:
        raise unsatisfiable()
    draws = Draws(node, prefix, distinct=request.distinct)
    names = _names(draws, seed, range(request.first_row, request.first_row + request.count))
    told = 0
    while chunk := list(islice(names, size)):
        told += len(chunk)
        yield pb.StreamNamesResponse(
            names=chunk,
            log_probs=map(log_prob, chunk) if request.with_log_probs else (),
            seed=seed,
            exhausted=told < request.count and draws.are_exhausted,
        )


def measure(request: pb.MeasureConstraintRequest) -> pb.MeasureConstraintResponse:
    """Answer how probable a constraint is."""
    checks = Checks()
    check_sampling(request.sampling, checks)
    check_constraint(request.constraint, checks)
    if request.HasField("floor"):
        checks.in_range("floor", request.floor, -limits.MAX_FLOOR_NATS, 0)
    checks.end()
    trellis = _trellis(*_key(request.sampling, request.constraint, weighs_prefix=True))
    node = trellis.node()
    lengths = pb.Constraint()
    for name in ("min_length", "max_length"):
        if request.constraint.HasField(name):
            setattr(lengths, name, getattr(request.constraint, name))
    free = _trellis(*_key(request.sampling, lengths, weighs_prefix=True)).node()
    response = pb.MeasureConstraintResponse(
        probability=trellis.probability(),
        probability_given_lengths=node.weight / free.weight if free.weight else 0,
        expected_length=node.lengths / node.weight if node.weight else 0,
        names=node.names,
    )
    if request.HasField("floor"):
        above = (one for _, one in most_probable(node) if one >= request.floor)
        counted = sum(1 for _ in islice(above, limits.MAX_COUNTED_NAMES + 1))
        response.names_above_floor = min(counted, limits.MAX_COUNTED_NAMES)
        response.more_above_floor = counted > limits.MAX_COUNTED_NAMES
    return response


def top(request: pb.ListTopNamesRequest) -> pb.ListTopNamesResponse:
    """Answer the most probable names."""
    checks = Checks()
    checks.in_range("count", request.count, 1, limits.MAX_TOP_NAMES)
    check_sampling(request.sampling, checks)
    check_constraint(request.constraint, checks)
    checks.end()
    node = _trellis(*_key(request.sampling, request.constraint, weighs_prefix=True)).node()
    if not node.weight:
        raise unsatisfiable()
    found = list(islice(most_probable(node), request.count))
    return pb.ListTopNamesResponse(
        names=[name for name, _ in found],
        log_probs=[value for _, value in found],
        exhausted=len(found) < request.count,
    )


def _names(draws: Draws, seed: int, rows: range) -> Iterator[str]:
    for row in rows:
        if draws.are_exhausted:
            return
        yield draws.draw(Random(seed << 64 | row))  # noqa: S311 - no secret


def _key(
    sampling: pb.Sampling, constraint: pb.Constraint, *, weighs_prefix: bool
) -> tuple[bytes, bytes, bool]:
    return sampling.SerializeToString(), constraint.SerializeToString(), weighs_prefix


@lru_cache(maxsize=16)
def _trellis(sampling: bytes, constraint: bytes, weighs_prefix: bool) -> Trellis:  # noqa: FBT001 - a part of the key
    """Return the names of a constraint, whose prefix is a condition like others, or given."""
    asked = pb.Constraint.FromString(constraint)
    conditions = []
    if weighs_prefix and asked.prefix:
        conditions.append((*literal(asked.prefix), ANY))
    if asked.pattern:
        conditions.append(pattern_rest(asked.pattern))
    if asked.suffix:
        conditions.append((ANY, *literal(asked.suffix)))
    if asked.contains:
        conditions.append((ANY, *literal(asked.contains), ANY))
    forbidden = {*map(VOCABULARY.normalise, asked.forbidden), *(TRAIN if asked.novel else ())}
    least = asked.min_length if asked.HasField("min_length") else limits.DEFAULT_MIN_LENGTH
    rows = rows_of(pb.Sampling.FromString(sampling))
    return Trellis(rows, Language(conditions, forbidden), least, max_length(asked))
