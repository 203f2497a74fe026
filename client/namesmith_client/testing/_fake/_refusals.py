"""The errors of the fake, which are those of a server: the same codes, words and details."""

from collections.abc import Sequence

import grpc

from namesmith.quoting import MAX_QUOTED, shown
from namesmith_client.errors import (
    ErrorDetails,
    FailedPreconditionError,
    FieldViolation,
    InvalidArgumentError,
    NotFoundError,
    Resource,
    UnimplementedError,
)


def invalid(violations: Sequence[FieldViolation]) -> InvalidArgumentError:
    """Return the error of fields that are out of their bounds."""
    message = "; ".join(f"{one.field}: {one.description}" for one in violations)
    details = ErrorDetails("INVALID_ARGUMENT", tuple(violations))
    return InvalidArgumentError(grpc.StatusCode.INVALID_ARGUMENT, message, details)


def invalid_field(field: str, description: str) -> InvalidArgumentError:
    """Return the error of one field."""
    return invalid([FieldViolation(field, description)])


def too_complex(most: int) -> InvalidArgumentError:
    """Return the error of a constraint that costs too much."""
    return invalid_field("constraint", f"needs more than {most} nodes in the fake")


def unsatisfiable() -> FailedPreconditionError:
    """Return the error of a constraint that no name satisfies."""
    message = "no name satisfies the constraint under this sampling"
    details = ErrorDetails("UNSATISFIABLE")
    return FailedPreconditionError(grpc.StatusCode.FAILED_PRECONDITION, message, details)


def unknown_model(name: str, there: str) -> NotFoundError:
    """Return the error of a model that the server does not have."""
    message = f"model {shown(name)} is unknown, this server has {there}"
    return _not_found("UNKNOWN_MODEL", message, "model.name", Resource("namesmith.model", name))


def unknown_version(
    model: str, version: int, there: int, field: str = "model.version"
) -> NotFoundError:
    """Return the error of a version that the model does not have."""
    message = f"version {version} of model {model} is not served, this server has {there}"
    resource = Resource("namesmith.version", f"{model}/{version}")
    return _not_found("UNKNOWN_VERSION", message, field, resource)


def unknown_label(model: str, label: str, field: str = "model.label") -> NotFoundError:
    """Return the error of a label that the model does not have."""
    message = f"label {shown(label)} of model {model} is unknown, the labels are none"
    resource = Resource("namesmith.version", f"{model}@{label}")
    return _not_found("UNKNOWN_VERSION", message, field, resource)


def unknown_split(split: str, known: Sequence[str]) -> NotFoundError:
    """Return the error of a split that the model does not have."""
    message = f"split {shown(split)} is unknown, the model has {', '.join(known)}"
    return _not_found("UNKNOWN_SPLIT", message, "split", Resource("namesmith.split", split))


def unknown_service(service: str) -> NotFoundError:
    """Return the error of a service whose health is not known."""
    message = f"service: {shown(service)} is unknown"
    return NotFoundError(grpc.StatusCode.NOT_FOUND, message)


def unimplemented(request: str) -> UnimplementedError:
    """Return the error of a call that the fake does not know."""
    message = f"the fake does not answer {request}"
    return UnimplementedError(grpc.StatusCode.UNIMPLEMENTED, message)


def _not_found(reason: str, message: str, field: str, resource: Resource) -> NotFoundError:
    found = Resource(resource.kind, resource.name[:MAX_QUOTED])
    details = ErrorDetails(reason, (FieldViolation(field, message),), found)
    return NotFoundError(grpc.StatusCode.NOT_FOUND, message, details)
