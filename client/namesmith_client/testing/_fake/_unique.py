"""Unique names of numbers, and the numbers of names, as a request asks for them.

Ranks are permuted under the secret as a server permutes them, with HMAC in place of AES, which
needs no library: the names are others than a server's.
"""

import hmac
from functools import lru_cache
from math import isqrt

from namesmith import limits
from namesmith.keys import UNIQUE_PURPOSE, derived_key
from namesmith.v1 import names_pb2 as pb
from namesmith_client.testing._fake._checks import (
    Checks,
    check_constraint,
    check_size,
    max_length,
)
from namesmith_client.testing._fake._distribution import VOCABULARY
from namesmith_client.testing._fake._keys import check_secret
from namesmith_client.testing._fake._names import drawing_node
from namesmith_client.testing._fake._numbering import NumberedNames
from namesmith_client.testing._fake._refusals import invalid_field

ROUNDS = 10
"""Number of rounds of the permutation."""

NO_DISTANCE = "at most 1 is allowed where names are unique: names farther away are not counted"
"""Description of a minimal distance that unique names cannot keep."""

NO_NUMBER = -1
"""Number of a name that no number has."""


def name_numbers(request: pb.NameKeysRequest) -> pb.NameKeysResponse:
    """Answer the unique names of numbers."""
    _check_numbers(request)
    numbered, permutation = _scheme(request)
    return pb.NameKeysResponse(
        names=[numbered.name(permutation.forward(number)) for number in request.numbers],
        bearable_keys=numbered.names,
        floor=numbered.floor,
    )


def keys_of_names(request: pb.KeyOfNameRequest) -> pb.KeyOfNameResponse:
    """Answer the numbers of unique names."""
    checks = Checks()
    _check_scheme(request, checks)
    check_size(list(request.names), checks)
    checks.end()
    numbered, permutation = _scheme(request)
    ranks = (numbered.rank(VOCABULARY.normalise(name)) for name in request.names)
    return pb.KeyOfNameResponse(
        numbers=[NO_NUMBER if rank is None else permutation.backward(rank) for rank in ranks]
    )


class Permutation:
    """A keyed permutation of [0, size)."""

    def __init__(self, key: bytes, size: int) -> None:
        self._key = key
        self._size = size
        height = isqrt(size - 1) + 1
        self._moduli = height, -(-size // height)

    def forward(self, number: int) -> int:
        """Return the image of a number."""
        return self._walk(number, list(range(ROUNDS)), 1)

    def backward(self, image: int) -> int:
        """Return the number of an image."""
        return self._walk(image, list(range(ROUNDS))[::-1], -1)

    def _walk(self, value: int, rounds: list[int], sign: int) -> int:
        while True:
            halves = list(divmod(value, self._moduli[1]))
            for i in rounds:
                changed, modulus = i % 2, self._moduli[i % 2]
                told = b"%d,%d" % (i, halves[1 - changed])
                shift = int.from_bytes(hmac.digest(self._key, told, "sha256")[:16], "big")
                halves[changed] = (halves[changed] + sign * shift) % modulus
            value = halves[0] * self._moduli[1] + halves[1]
            if value < self._size:
                return value


def _scheme(request: pb.NameKeysRequest | pb.KeyOfNameRequest) -> tuple[NumberedNames, Permutation]:
    """Return the numbered names of a request, and their permutation."""
    constraint = request.constraint.SerializeToString()
    numbered = _numbered(constraint, request.capacity or limits.DEFAULT_CAPACITY)
    told = f"{UNIQUE_PURPOSE}/{numbered.capacity}/{numbered.floor}/{numbered.names}"
    return numbered, Permutation(derived_key(request.secret, told), numbered.capacity)


@lru_cache(maxsize=4)
def _numbered(constraint: bytes, capacity: int) -> NumberedNames:
    node, prefix = drawing_node(pb.Sampling(), pb.Constraint.FromString(constraint))
    return NumberedNames(node, prefix, capacity)


def _check_numbers(request: pb.NameKeysRequest) -> None:
    """Refuse a request for numbers that a server refuses."""
    checks = Checks()
    checks.require(not request.keys, "keys", "are of a request that is not unique")
    told = "is of a request that is not unique: no name is drawn"
    checks.require(not request.sampling.ByteSize(), "sampling", told)
    capacity = _check_scheme(request, checks)
    count, most = len(request.numbers), limits.MAX_NAMED_KEYS
    checks.require(1 <= count <= most, "numbers", f"{count} numbers, 1 to {most} are allowed")
    for at, number in enumerate(request.numbers[:most]):
        if not 0 <= number < capacity:
            told = f"{number} is not in [0, capacity = {capacity})"
            checks.require(False, f"numbers[{at}]", told)  # noqa: FBT003 - it does not hold
            break
    checks.end()
    characters = max_length(request.constraint)
    if count * characters > limits.DEFAULT_MAX_SYMBOLS:
        told = (
            f"{count} names of up to {characters} characters are {count * characters} symbols,"
            f" at most {limits.DEFAULT_MAX_SYMBOLS} are allowed in a call"
        )
        raise invalid_field("numbers", told)


def _check_scheme(request: pb.NameKeysRequest | pb.KeyOfNameRequest, checks: Checks) -> int:
    """Check secret, constraint and capacity of a request; return the capacity."""
    check_secret(request.secret, request.secret_name, checks)
    check_constraint(request.constraint, checks)
    distance = request.constraint.min_distance
    checks.require(distance <= 1, "constraint.min_distance", f"{distance}: {NO_DISTANCE}")
    capacity = request.capacity or limits.DEFAULT_CAPACITY
    checks.in_range("capacity", capacity, 1, limits.MAX_CAPACITY)
    return capacity
