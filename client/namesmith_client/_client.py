"""The two clients: the operations, made by a caller that blocks or by one that awaits."""

from namesmith_client._async_caller import AsyncCaller
from namesmith_client._operations import Operations
from namesmith_client._sync_caller import SyncCaller


class Client(Operations, SyncCaller):
    """Calls a namesmith server; safe to share between threads, not across a fork.

    Nothing is connected before the first call. A call is tried up to 5 times within about 1.5
    seconds while the server is unavailable, and is not repeated after any other failure.

    Args:
        address: host:port, or any gRPC target.
        timeout: seconds that a call may take unless it sets its own, in (0, 1000000]; None: no
            limit.
        tls: how the server's certificate is checked; None: no encryption.

    Raises:
        ValueError: the address is empty or the timeout is out of its range.
    """


class AsyncClient(Operations, AsyncCaller):
    """Calls a namesmith server from one event loop: the loop of its first call.

    Nothing is connected before the first call. A call is tried up to 5 times within about 1.5
    seconds while the server is unavailable, and is not repeated after any other failure.
    Cancelling the task that awaits a call cancels the call on the server.

    Args:
        address: host:port, or any gRPC target.
        timeout: seconds that a call may take unless it sets its own, in (0, 1000000]; None: no
            limit.
        tls: how the server's certificate is checked; None: no encryption.

    Raises:
        ValueError: the address is empty or the timeout is out of its range.
    """
