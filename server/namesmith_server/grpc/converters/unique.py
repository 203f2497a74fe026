"""Requests and responses of unique names: NameKeys for numbers, and KeyOfName."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from namesmith import limits
from namesmith.v1 import names_pb2 as pb
from namesmith_server.engine import Constraint, Int64s, Secret, UniqueNames, UniqueScheme
from namesmith_server.grpc.catalog import ServedModel
from namesmith_server.grpc.converters.constraint import constraint_of
from namesmith_server.grpc.converters.evaluate import check_names
from namesmith_server.grpc.converters.generate import CostLimits
from namesmith_server.grpc.converters.lexicon import Lexicon
from namesmith_server.grpc.converters.secret import secret_of
from namesmith_server.grpc.converters.validator import Validator
from namesmith_server.grpc.wire import serialize_names

NO_DISTANCE = "at most 1 is allowed where names are unique: names farther away are not counted"
"""Description of a minimal distance that unique names cannot keep."""


class AskedNumbers(NamedTuple):
    """Numbers that a caller asks the unique names of.

    Attributes:
        numbers: the numbers, at least one, each in [0, capacity).
        scheme: secret and model of the names.
        constraint: constraint that the names satisfy.
        capacity: how many numbers have names.
    """

    numbers: Int64s
    scheme: UniqueScheme
    constraint: Constraint
    capacity: int


class AskedNames(NamedTuple):
    """Unique names that a caller asks the numbers of; the fields as in ``AskedNumbers``."""

    names: Sequence[str]
    scheme: UniqueScheme
    constraint: Constraint
    capacity: int


def parse_numbers(
    request: pb.NameKeysRequest,
    served: ServedModel,
    lexicon: Lexicon,
    cost_limits: CostLimits,
    secrets: Mapping[str, Secret],
) -> AskedNumbers:
    """Convert a NameKeysRequest for numbers.

    Raises:
        InvalidArgumentError: fields are out of bounds; the error holds all of them, and does not
            show the secret.
    """
    validator = Validator()
    validator.require(not request.keys, "keys", "are of a request that is not unique")
    if request.HasField("sampling") and request.sampling.ByteSize():
        validator.fail("sampling", "is of a request that is not unique: no name is drawn")
    scheme, constraint, capacity = _scheme(request, served, lexicon, secrets, validator)
    numbers = _numbers(request, capacity, validator)
    count, max_length = len(numbers), constraint.max_length
    if count * max_length > cost_limits.symbols and not validator.violations:
        validator.fail(
            "numbers",
            f"{count} names of up to {max_length} characters are {count * max_length}"
            f" symbols, at most {cost_limits.symbols} are allowed in a call",
        )
    validator.raise_if_invalid()
    return AskedNumbers(numbers, scheme, constraint, capacity)


def parse_unique_names(
    request: pb.KeyOfNameRequest,
    served: ServedModel,
    lexicon: Lexicon,
    cost_limits: CostLimits,
    secrets: Mapping[str, Secret],
) -> AskedNames:
    """Convert a KeyOfNameRequest; raise the errors of ``parse_numbers``."""
    validator = Validator()
    scheme, constraint, capacity = _scheme(request, served, lexicon, secrets, validator)
    names = request.names[: limits.MAX_NAMED_KEYS + 1]
    check_names(names, cost_limits, validator)
    validator.raise_if_invalid()
    return AskedNames(names, scheme, constraint, capacity)


def unique_response(named: UniqueNames, served: ServedModel) -> bytes:
    """Serialize the unique names of numbers as a response."""
    rest = pb.NameKeysResponse(
        model=served.name,
        version=served.version,
        bearable_keys=named.names_above_floor,
        floor=named.floor,
    )
    return serialize_names(served.model.codec, named.names, rest)


def numbers_response(numbers: Int64s, served: ServedModel) -> pb.KeyOfNameResponse:
    """Convert the numbers of names to a response."""
    return pb.KeyOfNameResponse(numbers=numbers.tolist(), model=served.name, version=served.version)


def _scheme(
    request: pb.NameKeysRequest | pb.KeyOfNameRequest,
    served: ServedModel,
    lexicon: Lexicon,
    secrets: Mapping[str, Secret],
    validator: Validator,
) -> tuple[UniqueScheme, Constraint, int]:
    """Return secret, constraint and capacity of a request; add violations to the validator."""
    secret = secret_of(request, secrets, validator)
    constraint = constraint_of(request, lexicon, validator)
    distance = request.constraint.min_distance
    validator.require(distance <= 1, "constraint.min_distance", f"{distance}: {NO_DISTANCE}")
    capacity = request.capacity or limits.DEFAULT_CAPACITY
    validator.in_range("capacity", capacity, 1, limits.MAX_CAPACITY)
    scheme = UniqueScheme(secret or Secret(b""), served.name, served.version)
    return scheme, constraint, capacity


def _numbers(request: pb.NameKeysRequest, capacity: int, validator: Validator) -> Int64s:
    """Return the numbers of a request; add a violation where they are out of bounds."""
    most = limits.MAX_NAMED_KEYS
    numbers = np.array(request.numbers[: most + 1], dtype=np.int64)
    count = len(request.numbers)
    validator.require(1 <= count <= most, "numbers", f"{count} numbers, 1 to {most} are allowed")
    outside = np.flatnonzero((numbers < 0) | (numbers >= capacity))
    if len(outside):
        at = outside[0]
        validator.fail(f"numbers[{at}]", f"{numbers[at]} is not in [0, capacity = {capacity})")
    return numbers
