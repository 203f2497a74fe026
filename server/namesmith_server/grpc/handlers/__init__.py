"""The handlers of the RPCs: convert, delegate, convert."""

from namesmith_server.grpc.handlers.health import SERVICES, HealthService
from namesmith_server.grpc.handlers.models import ModelService
from namesmith_server.grpc.handlers.names import NameService
from namesmith_server.grpc.handlers.server import ServerService

__all__ = ["SERVICES", "HealthService", "ModelService", "NameService", "ServerService"]
