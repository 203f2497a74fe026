"""Transport: the gRPC server with its services, port and certificates."""

from namesmith_server.app.transport.address import HostAndPort, parse_address
from namesmith_server.app.transport.certificates import (
    Certificates,
    open_certificates,
    watch_certificates,
)
from namesmith_server.app.transport.descriptors import open_descriptors, watch_descriptors
from namesmith_server.app.transport.listening import listen
from namesmith_server.app.transport.port import bound_port, shared_port
from namesmith_server.app.transport.private_port import is_loopback, listen_privately
from namesmith_server.app.transport.server import build_server

__all__ = [
    "Certificates",
    "HostAndPort",
    "bound_port",
    "build_server",
    "is_loopback",
    "listen",
    "listen_privately",
    "open_certificates",
    "open_descriptors",
    "parse_address",
    "shared_port",
    "watch_certificates",
    "watch_descriptors",
]
