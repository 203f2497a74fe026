"""From the controller's values to messages, and the bounds of the requests."""

from collections.abc import Iterable

from namesmith.v1 import admin_pb2 as pb
from namesmith_server.app.models import LABEL, VersionState
from namesmith_server.engine import shown
from namesmith_server.grpc import InvalidArgumentError, Violation

MAX_VERSION = 2**63 - 1
"""Largest version that a message can hold."""


def version_message(version: VersionState) -> pb.ModelVersion:
    """Return the message of a version."""
    return pb.ModelVersion(
        model=version.model,
        version=version.version,
        state=pb.VersionState.Value(f"VERSION_STATE_{version.state.name}"),
        labels=version.labels,
        fault=version.fault,
        is_newest=version.is_newest,
    )


def version_messages(versions: Iterable[VersionState]) -> list[pb.ModelVersion]:
    """Return the messages of versions."""
    return list(map(version_message, versions))


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


def checked_version(version: int) -> int:
    """Return a version, or 0.

    Raises:
        InvalidArgumentError: the version is negative.
    """
    if version < 0:
        bounds = f"{version} is not in [0, {MAX_VERSION}]"
        raise InvalidArgumentError([Violation("version", bounds)])
    return version


def checked_label(label: str) -> str:
    """Return a label.

    Raises:
        InvalidArgumentError: the label is not one that a repository keeps.
    """
    if LABEL.fullmatch(label) is None:
        description = f"{shown(label)} is not 1 to 64 characters of a-z, 0-9, '-', '_' and '.'"
        raise InvalidArgumentError([Violation("label", f"{description}, the first a letter")])
    return label
