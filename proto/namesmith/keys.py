"""The scheme by which keys have names, as far as a server and its fake must agree on it."""

import hmac
import math
from fractions import Fraction

from namesmith.limits import MAX_ROW

KEYS_PURPOSE = "namesmith/keys/v1"
"""Purpose for which a key is derived from a secret: the seeds of keys, in this scheme."""

UNIQUE_PURPOSE = "namesmith/unique/v1"
"""Purpose for which a key is derived from a secret: the permutations of unique names, in this
scheme."""

SEED_BYTES = 8
"""Number of bytes of a digest that make a seed, a big-endian number."""


def derived_key(secret: bytes, purpose: str) -> bytes:
    """Return the 32 bytes of a secret's key for a purpose, HMAC-SHA-256(secret, purpose).

    Nobody who has the key of one purpose learns that of another (RFC 2104, RFC 5869).
    """
    return hmac.digest(secret, purpose.encode(), "sha256")


def bearable_keys(collision_probability: float) -> int:
    """Return the largest number n of keys of which half a pair of equal names is expected at most.

    The pairs are n(n - 1) / 2: it is the largest n with n(n - 1) <= 1 / probability, at most 2^62.

    Args:
        collision_probability: probability that two different keys have the same name, in [0, 1].
    """
    if not collision_probability:
        return MAX_ROW
    pairs = math.floor(1 / Fraction(collision_probability))
    return min((1 + math.isqrt(1 + 4 * pairs)) // 2, MAX_ROW)
