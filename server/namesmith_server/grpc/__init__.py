"""The gRPC layer: handlers, converters, statuses and wire records; protobuf ends here.

handlers/      a method for each RPC: convert, delegate to the model, convert back
converters/    messages to the engine's values, every bound checked, and back
status.py      the one table from errors to codes and google.rpc details
handler_wrappers.py   the edge of every RPC: errors leave as statuses
cancellation.py       the calls in progress, and how a server that stops ends and refuses them
wire.py        names as bytes of a response, requests that are no message
catalog.py     the models that are served
"""

from namesmith_server.grpc.cancellation import RunningCalls, ended
from namesmith_server.grpc.catalog import Catalog, ServedModel
from namesmith_server.grpc.converters import CostLimits
from namesmith_server.grpc.handlers import SERVICES, HealthService, ModelService, NameService
from namesmith_server.grpc.wire import RawBytesServer

__all__ = [
    "SERVICES",
    "Catalog",
    "CostLimits",
    "HealthService",
    "ModelService",
    "NameService",
    "RawBytesServer",
    "RunningCalls",
    "ServedModel",
    "ended",
]
