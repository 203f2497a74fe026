"""The two clients: the operations on a caller that blocks, and on a caller that awaits."""

from namesmith_client._async_caller import AsyncCaller
from namesmith_client._operations import Operations
from namesmith_client._sync_caller import SyncCaller


class Client(Operations, SyncCaller):
    """A client of a namesmith server; threads may share it, forked processes may not.

    The client opens no connection before its first call. A call is tried up to 5 times within about
    5.1 seconds while the server is unavailable, and is not tried again after any other failure.

    Args:
        address: host:port, or any gRPC target.
        timeout: seconds that a call may take unless the call sets a timeout, in (0, 1000000]; None:
            no limit.
        tls: how the server's certificate is checked; None: no encryption.
        token: bearer token that every call shows, or a ``Token`` with its rules; None: none.

    Raises:
        ValueError: the address is empty, the timeout is out of its range, or the token is malformed
            or would leave this machine unencrypted.
    """


class AsyncClient(Operations, AsyncCaller):
    """A client of a namesmith server on one event loop: the loop of its first call.

    The client opens no connection before its first call. A call is tried up to 5 times within about
    5.1 seconds while the server is unavailable, and is not tried again after any other failure.
    Cancelling the task that awaits a call cancels the call on the server.

    Args:
        address: host:port, or any gRPC target.
        timeout: seconds that a call may take unless the call sets a timeout, in (0, 1000000]; None:
            no limit.
        tls: how the server's certificate is checked; None: no encryption.
        token: bearer token that every call shows, or a ``Token`` with its rules; None: none.

    Raises:
        ValueError: the address is empty, the timeout is out of its range, or the token is malformed
            or would leave this machine unencrypted.
    """
