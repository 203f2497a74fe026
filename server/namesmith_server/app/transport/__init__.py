"""Transport: the gRPC server with its services, port and TLS pair."""

from namesmith_server.app.transport.certificates import Certificates, open_certificates
from namesmith_server.app.transport.descriptors import watch_descriptors
from namesmith_server.app.transport.listening import listen
from namesmith_server.app.transport.port import shared_port
from namesmith_server.app.transport.private_port import is_loopback, listen_privately
from namesmith_server.app.transport.server import build_server

__all__ = [
    "Certificates",
    "build_server",
    "is_loopback",
    "listen",
    "listen_privately",
    "open_certificates",
    "shared_port",
    "watch_descriptors",
]
