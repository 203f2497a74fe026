"""The bearer token that a client shows, and where it may be sent unencrypted."""

from dataclasses import dataclass, field

from namesmith_client._address import is_local
from namesmith_client._metadata import Metadata

AUTHORIZATION = "authorization"
"""Key of the metadata that shows a token."""

MAX_TOKEN = 1_000
"""Largest number of characters of a token."""


@dataclass(frozen=True)
class Token:
    """A bearer token.

    Attributes:
        value: the token, 1 to 1000 visible ASCII characters; never shown in messages.
        send_unencrypted: whether the token may be sent without TLS to another machine.

    Raises:
        TypeError: ``value`` is no string.
        ValueError: ``value`` is empty, too long, or has other characters.
    """

    value: str = field(repr=False)
    send_unencrypted: bool = False

    def __post_init__(self) -> None:
        if not isinstance(self.value, str):
            raise TypeError(f"token: {type(self.value).__name__}, a string is expected")
        if not 0 < len(self.value) <= MAX_TOKEN:
            raise ValueError(f"token: {len(self.value)} characters, 1 to {MAX_TOKEN} are expected")
        if not all("!" <= one <= "~" for one in self.value):
            raise ValueError("token: a character is not visible ASCII, a line break perhaps")

    @property
    def metadata(self) -> Metadata:
        """The metadata that shows the token."""
        return ((AUTHORIZATION, f"Bearer {self.value}"),)


def refuse_unencrypted(secret: str, address: str) -> None:
    """Refuse to send a token to another machine without TLS.

    Args:
        secret: the argument that gives the token, and its key where it has one.
        address: the gRPC target.

    Raises:
        ValueError: ``address`` is not of this machine.
    """
    if not is_local(address):
        raise ValueError(
            f"{secret}: would be sent to {address} unencrypted; use TLS, or"
            " Token(value, send_unencrypted=True)"
        )


def as_token(token: Token | str | None) -> Token | None:
    """Return a token with its rules; a string has the usual ones."""
    return token if token is None or isinstance(token, Token) else Token(token)
