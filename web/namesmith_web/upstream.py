"""The gRPC server that answers the calls."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from connectrpc.code import Code
from connectrpc.errors import ConnectError

from namesmith_client import TLS, AsyncClient, Health, NamesmithError
from namesmith_web.settings import Settings

HEALTH_TIMEOUT = 2.0
"""Seconds that the server has to say whether it serves."""

AUTHORIZATION = "authorization"
"""Header that holds a caller's token."""

HANDED_ON = (AUTHORIZATION, "x-request-id")
"""Headers of a request that become metadata of the call."""

NOT_ENCRYPTED = (
    "authorization: would be sent on to another machine unencrypted, and was not; the front needs"
    " --tls, --tls-roots or --send-tokens-unencrypted"
)
"""Message of a call whose token stays here."""


@dataclass(frozen=True)
class Upstream:
    """The gRPC server that answers the calls, and what it is told of a caller.

    Attributes:
        client: a client of the server.
        timeout: seconds that a call may take.
        hands_tokens_on: whether the server is told the token of a caller.
    """

    client: AsyncClient
    timeout: float
    hands_tokens_on: bool

    def metadata(self, headers: Mapping[str, str]) -> list[tuple[str, str]]:
        """Return the metadata of the call that a request's headers ask for.

        Raises:
            ConnectError: the headers hold a token, which the server must not be told.
        """
        if AUTHORIZATION in headers and not self.hands_tokens_on:
            raise ConnectError(Code.PERMISSION_DENIED, NOT_ENCRYPTED)
        return [(name, headers[name]) for name in HANDED_ON if name in headers]

    async def is_serving(self) -> bool:
        """Return whether the server says that it serves."""
        try:
            return await self.client.health(timeout=HEALTH_TIMEOUT) is Health.SERVING
        except NamesmithError:
            return False


def upstream_of(settings: Settings, server: str) -> Upstream:
    """Return the gRPC server that the settings describe; it is called by the client's own rules.

    Args:
        settings: the settings of the front.
        server: host:port, or any gRPC target.

    Raises:
        OSError: the file of certificates cannot be read.
        ValueError: the file is not in PEM form, or the address is none.
    """
    tls = _tls(settings.tls_roots) if settings.tls or settings.tls_roots else None
    try:
        # Callers over HTTP hear of a failure at once, and try again themselves.
        client = AsyncClient(server, tls=tls, retry=None)
    except ValueError as error:
        raise ValueError(f"--server: {error}") from None
    return Upstream(
        client, settings.timeout, client.is_private or settings.sends_tokens_unencrypted
    )


def _tls(roots: Path | None) -> TLS:
    try:
        return TLS(None if roots is None else roots.read_bytes())
    except ValueError:
        raise ValueError(f"--tls-roots {roots}: no PEM certificate in the file") from None
