"""The seed of each key: the name of a key is the first name of its seed.

      seed of a key  =  first 8 bytes, as a big-endian number, of
                        HMAC-SHA-256(HMAC-SHA-256(secret, "namesmith/keys/v1"), key)

Who lacks the secret can neither compute a seed nor tell it from a random number (RFC 2104), so that
the names of keys are drawn as names of random seeds are.
"""

import hmac
from collections.abc import Sequence

import numpy as np

from namesmith_server.engine.core import checkpoint, chunk_slices
from namesmith_server.engine.distributions import Seeds
from namesmith_server.engine.keys.secret import Secret

PURPOSE = "namesmith/keys/v1"
"""Purpose for which a key is derived from a secret: seeds of keys, in this scheme."""

CHUNK = 1 << 11
"""Number of keys between two checkpoints: a few milliseconds."""

SEED_BYTES = 8
"""Number of bytes of a digest that make a seed."""


def seeds_of_keys(secret: Secret, keys: Sequence[bytes]) -> Seeds:
    """Return the seed of each key, uint64 [keys]: a function of the secret and the key alone."""
    own, digest = secret.key(PURPOSE), hmac.digest
    seeds = np.empty(len(keys), dtype=np.uint64)
    for part in chunk_slices(len(keys), CHUNK):
        checkpoint()
        raw = b"".join([digest(own, key, "sha256")[:SEED_BYTES] for key in keys[part]])
        seeds[part] = np.frombuffer(raw, dtype=">u8")
    return seeds
