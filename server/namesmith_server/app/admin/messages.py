"""From the controller's values to messages, and the bounds of the requests."""

from collections.abc import Iterable

from namesmith.v1 import admin_pb2 as pb
from namesmith_server.app.models import VersionStatus
from namesmith_server.grpc import InvalidArgumentError, Violation

MAX_VERSION = 2**63 - 1
"""Largest version that a message can hold."""


def version_message(status: VersionStatus) -> pb.ModelVersion:
    """Return the message of a version."""
    return pb.ModelVersion(
        model=status.model,
        version=status.version,
        state=pb.VersionState.Value(f"VERSION_STATE_{status.state.upper()}"),
        labels=sorted(status.labels),
        fault=status.fault,
        is_newest=status.is_newest,
    )


def version_messages(statuses: Iterable[VersionStatus]) -> list[pb.ModelVersion]:
    """Return the messages of versions, by model, the newest first."""
    ordered = sorted(statuses, key=lambda one: (one.model, -one.version))
    return list(map(version_message, ordered))


def checked_model(model: str) -> str:
    """Return the name of a model.

    Raises:
        InvalidArgumentError: the name is empty.
    """
    if not model:
        raise InvalidArgumentError(
            [Violation("model", "is empty, the name of a model is expected")]
        )
    return model


def optional_version(version: int) -> int | None:
    """Return a version; None where the field is 0.

    Raises:
        InvalidArgumentError: the version is negative.
    """
    if version < 0:
        bounds = f"{version} is not in [0, {MAX_VERSION}]"
        raise InvalidArgumentError([Violation("version", bounds)])
    return version or None
