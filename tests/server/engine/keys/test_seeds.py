"""The seeds of keys: HMAC-SHA-256, as the documents say, and nothing else."""

import hmac

from namesmith_server.engine import Secret, seeds_of_keys
from namesmith_server.engine.keys.seeds import CHUNK

SECRET = bytes(range(32))

SEEDS = {
    b"": 0x1697165F47E63F66,
    b"anna": 0xFE43AB33FA778D58,
    "Åsa".encode(): 0x395AC405AB12C547,
    b"\x00\xff": 0x1B1063CB06CA93C9,
}
"""The test vector of docs/determinism.md: seeds under the secret 00 01 02 ... 1f."""


def test_the_seeds_of_the_documents_stay() -> None:
    """Another seed would give another name to every key that was ever named."""
    assert seeds_of_keys(Secret(SECRET), list(SEEDS)).tolist() == list(SEEDS.values())


def test_a_seed_is_the_beginning_of_an_hmac() -> None:
    """The HMAC is of the key, keyed with one that the secret gives for this purpose alone."""
    own = hmac.digest(SECRET, b"namesmith/keys/v1", "sha256")
    keys = [bytes(range(i % 256)) * (i % 3) for i in range(300)]
    expected = [int.from_bytes(hmac.digest(own, key, "sha256")[:8], "big") for key in keys]
    assert seeds_of_keys(Secret(SECRET), keys).tolist() == expected


def test_a_seed_depends_on_no_other_key() -> None:
    """Many keys at once, behind a checkpoint, have the seeds that each has alone."""
    secret, keys = Secret(SECRET), [str(i).encode() for i in range(CHUNK + 2)]
    together = seeds_of_keys(secret, keys)
    assert len(set(together.tolist())) == len(keys)
    for place in (0, CHUNK - 1, CHUNK, CHUNK + 1):
        assert seeds_of_keys(secret, [keys[place]]).tolist() == [together[place]]


def test_a_secret_is_shown_nowhere() -> None:
    """No text of the object holds it, and no attribute that a traceback or a log would show."""
    secret = Secret(b"very-secret-value")
    assert "very" not in f"{secret!r} {secret!s} {secret}"
    assert not hasattr(secret, "__dict__")
