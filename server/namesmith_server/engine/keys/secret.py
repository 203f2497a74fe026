"""A caller's secret, and the keys that are derived from it: a key of its own for each purpose."""

import hmac
from typing import Final


class Secret:
    """A secret, which no text of the object shows: neither ``repr`` nor an error nor a log."""

    __slots__ = ("_raw",)

    def __init__(self, raw: bytes) -> None:
        """Set the secret, MIN_SECRET_BYTES to MAX_SECRET_BYTES bytes."""
        self._raw: Final = raw

    def key(self, purpose: str) -> bytes:
        """Return the 32 bytes of the key of a purpose, HMAC-SHA-256(secret, purpose).

        Nobody who has the key of one purpose learns that of another (RFC 2104, RFC 5869).

        Args:
            purpose: purpose in ASCII, with its version, such as ``namesmith/keys/v1``.
        """
        return hmac.digest(self._raw, purpose.encode(), "sha256")
