"""A caller's secret, and the keys that are derived from it: a key of its own for each purpose."""

from typing import Final

from namesmith.keys import derived_key


class Secret:
    """A secret, which no text of the object shows: neither ``repr`` nor an error nor a log."""

    __slots__ = ("_raw",)

    def __init__(self, raw: bytes) -> None:
        """Set the secret, MIN_SECRET_BYTES to MAX_SECRET_BYTES bytes."""
        self._raw: Final = raw

    def key(self, purpose: str) -> bytes:
        """Return the 32 bytes of the key of a purpose, such as ``namesmith/keys/v1``."""
        return derived_key(self._raw, purpose)
