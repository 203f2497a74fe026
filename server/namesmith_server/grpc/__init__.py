"""The gRPC layer: handlers, converters, statuses and wire records; protobuf ends here.

handlers/      a method for each RPC: convert, delegate to the model, convert back
converters/    messages to the engine's values, every bound checked, and back
status.py      the one table from errors to codes and google.rpc details
call_record.py   a call in progress, for a guard and an observer
edge/          requests are taken in within bounds, errors leave as statuses
cancellation.py  the calls in progress, and how a server that stops ends and refuses them
wire.py        names as bytes of a response
catalog.py     the models that are served
blends.py      blends of these models
oip/           the Open Inference Protocol, imported where it is served
"""

from namesmith_server.grpc.blends import Blends
from namesmith_server.grpc.call_record import (
    CallRecord,
    Guard,
    Method,
    Observer,
    admit_all,
    current_record,
)
from namesmith_server.grpc.cancellation import (
    Context,
    Metadata,
    RunningCalls,
    ended,
    metadata_of,
)
from namesmith_server.grpc.catalog import Catalog, ServedModel
from namesmith_server.grpc.converters import CostLimits, ExcludedTexts
from namesmith_server.grpc.edge import DEFAULT_BUDGET, Edge
from namesmith_server.grpc.errors import (
    CallerRateError,
    ChangeRefusedError,
    InvalidArgumentError,
    StoppingError,
    UnauthenticatedError,
    UnknownModelError,
    UnknownVersionError,
    Violation,
)
from namesmith_server.grpc.handlers import (
    SERVICES,
    HealthService,
    ModelService,
    NameService,
    ServerService,
)
from namesmith_server.grpc.status import status_of

__all__ = [
    "DEFAULT_BUDGET",
    "SERVICES",
    "Blends",
    "CallRecord",
    "CallerRateError",
    "Catalog",
    "ChangeRefusedError",
    "Context",
    "CostLimits",
    "Edge",
    "ExcludedTexts",
    "Guard",
    "HealthService",
    "InvalidArgumentError",
    "Metadata",
    "Method",
    "ModelService",
    "NameService",
    "Observer",
    "RunningCalls",
    "ServedModel",
    "ServerService",
    "StoppingError",
    "UnauthenticatedError",
    "UnknownModelError",
    "UnknownVersionError",
    "Violation",
    "admit_all",
    "current_record",
    "ended",
    "metadata_of",
    "oip",
    "status_of",
]
