"""Calls a namesmith server: names out of a model, and what the model believes of names put in.

from namesmith_client import Client

with Client("localhost:50051") as client:
    print(client.generate(10, seed=42).names)
"""

from namesmith_client.aio import AsyncClient
from namesmith_client.channel import TLS
from namesmith_client.client import Client
from namesmith_client.errors import (
    DeadlineExceededError,
    ErrorDetails,
    FailedPreconditionError,
    FieldViolation,
    InternalError,
    InvalidArgumentError,
    NamesmithError,
    NotFoundError,
    Resource,
    ResourceExhaustedError,
    UnavailableError,
    UnimplementedError,
)
from namesmith_client.results import (
    Evaluation,
    GeneratedNames,
    Health,
    Model,
    ScoredNames,
    Split,
    SplitEvaluation,
)
from namesmith_client.streams import AsyncNameStream, NameStream

__all__ = [
    "TLS",
    "AsyncClient",
    "AsyncNameStream",
    "Client",
    "DeadlineExceededError",
    "ErrorDetails",
    "Evaluation",
    "FailedPreconditionError",
    "FieldViolation",
    "GeneratedNames",
    "Health",
    "InternalError",
    "InvalidArgumentError",
    "Model",
    "NameStream",
    "NamesmithError",
    "NotFoundError",
    "Resource",
    "ResourceExhaustedError",
    "ScoredNames",
    "Split",
    "SplitEvaluation",
    "UnavailableError",
    "UnimplementedError",
]
