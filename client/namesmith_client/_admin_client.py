"""The two clients of the admin service, which listens on an address of its own."""

from namesmith_client._address import target_of
from namesmith_client._methods import AdminMethods, AsyncAdminMethods
from namesmith_client._target import Target, checked_timeout

ADMIN_PORT = 50_052
"""Port of an admin service whose address has none."""

ADMIN_TIMEOUT = 300.0
"""Seconds that a call may take where neither the call nor the client sets a timeout: a version may
take a minute to load, and calls wait for each other."""


class AdminClient(AdminMethods):
    """A client of a server's admin service; threads may share it, forked processes may not.

    The client opens no connection before its first call. A call changes the server, and is not
    tried again after a failure. The connection is not encrypted: the service listens on the
    loopback or on a unix socket.

    Args:
        address: address of the admin service: host:port, unix:path, or any gRPC target; a host
            alone has the port 50052.
        timeout: seconds that a call may take unless the call sets a timeout, in (0, 1000000]; None:
            no limit.

    Raises:
        ValueError: the address is empty or the timeout is out of its range.
    """

    def __init__(self, address: str, *, timeout: float | None = ADMIN_TIMEOUT) -> None:
        super().__init__(Target(target_of(address, ADMIN_PORT), checked_timeout(timeout)))


class AsyncAdminClient(AsyncAdminMethods):
    """A client of a server's admin service on one event loop: the loop of its first call.

    The client opens no connection before its first call. A call changes the server, and is not
    tried again after a failure. The connection is not encrypted: the service listens on the
    loopback or on a unix socket.

    Args:
        address: address of the admin service: host:port, unix:path, or any gRPC target; a host
            alone has the port 50052.
        timeout: seconds that a call may take unless the call sets a timeout, in (0, 1000000]; None:
            no limit.

    Raises:
        ValueError: the address is empty or the timeout is out of its range.
    """

    def __init__(self, address: str, *, timeout: float | None = ADMIN_TIMEOUT) -> None:
        super().__init__(Target(target_of(address, ADMIN_PORT), checked_timeout(timeout)))
