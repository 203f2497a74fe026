"""The seed of each key: the name of a key is the first name of its seed.

      seed of a key  =  first 8 bytes, as a big-endian number, of
                        HMAC-SHA-256(HMAC-SHA-256(secret, "namesmith/keys/v1"), key)

Who lacks the secret can neither compute a seed nor tell it from a random number (RFC 2104), so that
the names of keys are drawn as names of random seeds are.
"""

import hmac
from collections.abc import Sequence

import numpy as np

from namesmith.keys import KEYS_PURPOSE, SEED_BYTES
from namesmith_server.engine.core import checkpoint, chunk_slices
from namesmith_server.engine.distributions import Seeds
from namesmith_server.engine.keys.secret import Secret

CHUNK = 1 << 11
"""Number of keys between two checkpoints: a few milliseconds."""


def seeds_of_keys(secret: Secret, keys: Sequence[bytes]) -> Seeds:
    """Return the seed of each key, uint64 [keys]: a function of the secret and the key alone."""
    keyed = hmac.new(secret.key(KEYS_PURPOSE), digestmod="sha256")
    seeds = np.empty(len(keys), dtype=np.uint64)
    for part in chunk_slices(len(keys), CHUNK):
        checkpoint()
        raw = b"".join([_digest(keyed, key)[:SEED_BYTES] for key in keys[part]])
        seeds[part] = np.frombuffer(raw, dtype=">u8")
    return seeds


def _digest(keyed: hmac.HMAC, key: bytes) -> bytes:
    """Return the digest of a key: a copy of the keyed state is twice as fast as a new one."""
    copy = keyed.copy()
    copy.update(key)
    return copy.digest()
