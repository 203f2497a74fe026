"""Requests and responses of NameKeys."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from namesmith import limits
from namesmith.v1 import names_pb2 as pb
from namesmith_server.engine import Constraint, KeyNames, Sampling, Secret
from namesmith_server.grpc.catalog import ServedModel
from namesmith_server.grpc.converters.constraint import sampling_and_constraint
from namesmith_server.grpc.converters.generate import CostLimits
from namesmith_server.grpc.converters.lexicon import Lexicon
from namesmith_server.grpc.converters.secret import secret_of
from namesmith_server.grpc.converters.validator import Validator
from namesmith_server.grpc.wire import serialize_names


class AskedKeys(NamedTuple):
    """Keys that a caller asks the names of.

    Attributes:
        keys: the keys, at least one.
        secret: the secret of their names.
        sampling: settings under which the names are drawn.
        constraint: constraint that the names satisfy.
    """

    keys: Sequence[bytes]
    secret: Secret
    sampling: Sampling
    constraint: Constraint


def parse_keys(
    request: pb.NameKeysRequest,
    lexicon: Lexicon,
    cost_limits: CostLimits,
    secrets: Mapping[str, Secret],
) -> AskedKeys:
    """Convert a NameKeysRequest for keys.

    Raises:
        InvalidArgumentError: fields are out of bounds; the error holds all of them, and shows
            neither a secret nor a key.
    """
    validator = Validator()
    secret = secret_of(request, secrets, validator)
    sampling, constraint = sampling_and_constraint(request, lexicon, validator)
    _check_keys(request, validator)
    count, max_length = len(request.keys), constraint.max_length
    if count * max_length > cost_limits.symbols and not validator.violations:
        validator.fail(
            "keys",
            f"{count} names of up to {max_length} characters are {count * max_length}"
            f" symbols, at most {cost_limits.symbols} are allowed in a call",
        )
    validator.raise_if_invalid()
    assert secret is not None  # noqa: S101 - it would be a violation
    return AskedKeys(request.keys[:], secret, sampling, constraint)


def keys_response(named: KeyNames, served: ServedModel) -> bytes:
    """Serialize the names of keys as a response."""
    rest = pb.NameKeysResponse(
        model=served.name,
        version=served.version,
        collision_probability=named.collision_probability,
        bearable_keys=named.bearable_keys,
    )
    return serialize_names(served.model.codec, named.names, rest)


def _check_keys(request: pb.NameKeysRequest, validator: Validator) -> None:
    """Add a violation where there are no keys, too many or too long ones, or what is not theirs."""
    most, longest = limits.MAX_NAMED_KEYS, limits.MAX_KEY_BYTES
    count = len(request.keys)
    validator.require(1 <= count <= most, "keys", f"{count} keys, 1 to {most} are allowed")
    sizes = list(map(len, request.keys))
    if sizes and max(sizes) > longest:
        at = next(i for i, size in enumerate(sizes) if size > longest)
        validator.fail(f"keys[{at}]", f"{sizes[at]} bytes, at most {longest} are allowed")
    for field, given in (("numbers", len(request.numbers)), ("capacity", request.capacity)):
        validator.require(not given, field, "is of a unique request alone")
