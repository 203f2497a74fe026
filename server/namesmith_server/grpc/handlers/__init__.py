"""The handlers of the RPCs: convert, delegate, convert."""

from namesmith_server.grpc.handlers.health import SERVICES, HealthService
from namesmith_server.grpc.handlers.models import ModelService
from namesmith_server.grpc.handlers.names import NameService

__all__ = ["SERVICES", "HealthService", "ModelService", "NameService"]
