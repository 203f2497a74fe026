"""Names that are drawn, and the exact questions about names, as a request asks for them."""

from collections.abc import Iterable, Iterator
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
from namesmith_client.testing._fake._distance import is_far, measure_far
from namesmith_client.testing._fake._distribution import VOCABULARY, log_prob, rows_of
from namesmith_client.testing._fake._language import ANY, Language, literal, one_of
from namesmith_client.testing._fake._refusals import invalid_field, unsatisfiable
from namesmith_client.testing._fake._trellis import Draws, Node, Trellis, most_probable

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
    node, prefix = drawing_node(request.sampling, request.constraint)
    draws = Draws(node, prefix, distinct=request.distinct)
    rows = range(request.first_row, request.first_row + request.count)
    randoms = (Random(seed << 64 | row) for row in rows)  # noqa: S311 - no secret
    candidates = Candidates(draws, randoms, request.constraint.min_distance)
    names = iter(candidates)
    told = 0
    while chunk := list(islice(names, size)):
        told += len(chunk)
        yield pb.StreamNamesResponse(
            names=chunk,
            log_probs=map(log_prob, chunk) if request.with_log_probs else (),
            seed=seed,
            exhausted=told < request.count and draws.are_exhausted,
            acceptance_rate=told / candidates.tried
            if request.constraint.min_distance > 1
            else None,
        )
    if not told:
        raise unsatisfiable()


def drawing_node(sampling: pb.Sampling, constraint: pb.Constraint) -> tuple[Node, str]:
    """Return the node that names are drawn from, behind the prefix as given, and the prefix.

    Raises:
        FailedPreconditionError: no name satisfies the constraint.
    """
    prefix = VOCABULARY.normalise(constraint.prefix)
    node = _trellis(*_key(sampling, constraint, weighs_prefix=False)).node(prefix)
    if not node.weight:
        raise unsatisfiable()
    return node, prefix


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
    if request.constraint.min_distance > 1:
        return measure_far(request, node, free.weight, trellis.probability())
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
    distance = request.constraint.min_distance
    far = (one for one in most_probable(node) if is_far(one[0], distance))
    found = list(islice(far, request.count))
    return pb.ListTopNamesResponse(
        names=[name for name, _ in found],
        log_probs=[value for _, value in found],
        exhausted=len(found) < request.count,
    )


class Candidates:
    """Names of generators, each the first at a distance from the training names that one draws."""

    def __init__(self, draws: Draws, randoms: Iterable[Random], distance: int) -> None:
        self.tried = 0
        self._draws = draws
        self._randoms = randoms
        self._distance = distance

    def __iter__(self) -> Iterator[str]:
        """Iterate over the names, until so many in a row are near that a server gives up."""
        for random in self._randoms:
            for _ in range(limits.MAX_REJECTED_IN_A_ROW):
                if self._draws.are_exhausted:
                    return
                name = self._draws.draw(random)
                self.tried += 1
                if is_far(name, self._distance):
                    yield name
                    break
            else:
                return


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
    if asked.starts_with_any:
        conditions.append((one_of(asked.starts_with_any), ANY))
    if asked.ends_with_any:
        conditions.append((ANY, one_of(asked.ends_with_any)))
    denied = pattern_rest(asked.not_pattern, "not_pattern") if asked.not_pattern else None
    excludes = map(VOCABULARY.normalise, asked.excludes)
    forbidden = {
        *map(VOCABULARY.normalise, asked.forbidden),
        *(TRAIN if asked.novel or asked.min_distance == 1 else ()),
    }
    least = asked.min_length if asked.HasField("min_length") else limits.DEFAULT_MIN_LENGTH
    rows = rows_of(pb.Sampling.FromString(sampling))
    language = Language(conditions, forbidden, excludes, denied)
    return Trellis(rows, language, least, max_length(asked))
