"""Transport: the gRPC server with its services, port and TLS pair."""

from namesmith_server.app.transport.address import bind_shared_port
from namesmith_server.app.transport.server import build_server, listen

__all__ = ["bind_shared_port", "build_server", "listen"]
