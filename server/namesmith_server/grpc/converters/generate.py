"""Requests and responses of GenerateNames and StreamNames."""

import random
from dataclasses import dataclass
from functools import cached_property

from namesmith import limits
from namesmith.v1 import names_pb2 as pb
from namesmith_server.engine import EncodedNames, GenerateRequest, NamesChunk
from namesmith_server.grpc.catalog import ServedModel
from namesmith_server.grpc.converters.constraint import (
    DEFAULT_CONSTRAINT,
    DEFAULT_SAMPLING,
    sampling_and_constraint,
)
from namesmith_server.grpc.converters.lexicon import Lexicon
from namesmith_server.grpc.converters.validator import Validator
from namesmith_server.grpc.wire import serialize_names

DRAWN_SEED_BITS = 53
"""Number of bits of a seed that the server draws, which a double holds exactly: a reader of JSON,
say, can ask for the same names again."""

NamesResponse = type[pb.GenerateNamesResponse] | type[pb.StreamNamesResponse]


@dataclass(frozen=True)
class CostLimits:
    """The cost that one unary call may have.

    Attributes:
        symbols: largest count x max_length of a GenerateNames call, and largest number of
            characters in a message of ScoreNames or EvaluateNames.
    """

    symbols: int = limits.DEFAULT_MAX_SYMBOLS

    @cached_property
    def names_of_default_length(self) -> int:
        """Largest number of names of at most the default length that one call may ask for."""
        return min(limits.MAX_GENERATED_NAMES, self.symbols // DEFAULT_CONSTRAINT.max_length)


def parse_generate(
    request: pb.GenerateNamesRequest, lexicon: Lexicon, cost_limits: CostLimits
) -> GenerateRequest:
    """Convert a GenerateNamesRequest; draw a seed where the request has no seed.

    Raises:
        InvalidArgumentError: fields are out of bounds; the error holds all of them.
    """
    count = request.count
    if 1 <= count <= cost_limits.names_of_default_length and not (
        request.HasField("sampling")
        or request.HasField("constraint")
        or request.distinct
        or request.first_row
    ):  # the most frequent request
        seed = _seed(request)
        return GenerateRequest(
            count, seed, DEFAULT_SAMPLING, lexicon.default, request.with_log_probs
        )
    validator = Validator()
    parsed = _parse(request, limits.MAX_GENERATED_NAMES, lexicon, validator)
    max_length = parsed.constraint.max_length
    cost = parsed.count * max_length
    if cost > cost_limits.symbols and not validator.violations:
        validator.fail(
            "count",
            f"{request.count} names of up to {max_length} characters are {cost}"
            f" symbols, at most {cost_limits.symbols} are allowed in a call",
        )
    validator.raise_if_invalid()
    return parsed


def parse_stream(request: pb.StreamNamesRequest, lexicon: Lexicon) -> GenerateRequest:
    """Convert a StreamNamesRequest; draw a seed where the request has no seed.

    Raises:
        InvalidArgumentError: fields are out of bounds; the error holds all of them.
    """
    validator = Validator()
    parsed = _parse(request, limits.MAX_STREAMED_NAMES, lexicon, validator)
    validator.raise_if_invalid()
    return parsed


def inline_response(names: EncodedNames, seed: int, served: ServedModel) -> bytes:
    """Serialize the response of a request whose names were drawn inline."""
    rest = pb.GenerateNamesResponse(seed=seed)
    return serialize_names(served.model.codec, names, rest) + served.origin


def chunk_response(kind: NamesResponse, chunk: NamesChunk, seed: int, served: ServedModel) -> bytes:
    """Serialize a chunk, the seed and the model as a response of a kind."""
    rest = kind(
        log_probs=None if chunk.log_probs is None else chunk.log_probs.tolist(),
        seed=seed,
        model=served.name,
        version=served.version,
        exhausted=chunk.exhausted,
        acceptance_rate=chunk.acceptance,
        gave_up=chunk.gave_up,
    )
    return serialize_names(served.model.codec, chunk.names, rest)


def _parse(
    request: pb.GenerateNamesRequest | pb.StreamNamesRequest,
    max_count: int,
    lexicon: Lexicon,
    validator: Validator,
) -> GenerateRequest:
    if request.distinct:
        max_count = min(max_count, limits.MAX_DISTINCT_NAMES)
    validator.in_range("count", request.count, 1, max_count)
    _check_rows(request, validator)
    sampling, constraint = sampling_and_constraint(request, lexicon, validator)
    return GenerateRequest(
        request.count,
        _seed(request),
        sampling,
        constraint,
        request.with_log_probs,
        request.first_row,
        request.distinct,
    )


def _check_rows(
    request: pb.GenerateNamesRequest | pb.StreamNamesRequest, validator: Validator
) -> None:
    first = request.first_row
    if request.distinct:
        told = f"{first} with distinct, whose names depend on the names before them; 0 is allowed"
        validator.require(first == 0, "first_row", told)
    else:
        validator.in_range("first_row", first, 0, limits.MAX_ROW - max(request.count, 1))


def _seed(request: pb.GenerateNamesRequest | pb.StreamNamesRequest) -> int:
    return request.seed if request.HasField("seed") else random.getrandbits(DRAWN_SEED_BITS)
