"""The administration of a server: which versions of the models are served, and their labels."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from namesmith.v1 import admin_pb2
from namesmith_client._calls import UnaryCall
from namesmith_client._messages import build

__all__ = ["ModelVersion", "VersionState"]


class VersionState(StrEnum):
    """The state of a version of a model.

    ``AVAILABLE``: in the repository, and not asked for. ``LOADING``: asked for, and being loaded.
    ``SERVING``: answers calls. ``REFUSED``: has a fault, and never answers a call. ``UNKNOWN``: a
    state that this client does not know.
    """

    UNKNOWN = "UNKNOWN"
    AVAILABLE = "AVAILABLE"
    LOADING = "LOADING"
    SERVING = "SERVING"
    REFUSED = "REFUSED"


@dataclass(frozen=True, slots=True)
class ModelVersion:
    """A version of a model in the repository of a server.

    Attributes:
        model: name of the model.
        version: version of the model, >= 1.
        state: state of the version.
        labels: labels of the version, in the order of the alphabet.
        fault: reason of a refusal; empty in other states.
        newest: whether the version answers calls that name neither a version nor a label.
    """

    model: str
    version: int
    state: VersionState
    labels: tuple[str, ...]
    fault: str
    newest: bool


def reload() -> UnaryCall[tuple[ModelVersion, ...]]:
    """Have the server look at its repository now, and serve what its policy asks for.

    The result is every version of the repository, by model, the newest first; a version that
    cannot be served is no failure of the call: its state is ``REFUSED``.

    Raises:
        NamesmithError: the call failed; for the subclasses see ``namesmith_client.errors``.
    """
    return UnaryCall(
        lambda stubs: stubs.admin.Reload,
        admin_pb2.ReloadRequest(),
        lambda response: _versions(response.versions),
    )


def load(model: str, version: int = 0) -> UnaryCall[ModelVersion]:
    """Serve a version, whatever the server's policy says, until ``unload`` or its next start.

    Args:
        model: name of the model.
        version: version of the model, >= 1; 0: the ones that the server's policy asks for, as
            before any ``unload``.

    Raises:
        FailedPreconditionError: the version cannot be served; the message says why.
        NotFoundError: the repository has no such version.
        NamesmithError: the call failed; for the subclasses see ``namesmith_client.errors``.
    """
    return UnaryCall(
        lambda stubs: stubs.admin.LoadModel,
        build(admin_pb2.LoadModelRequest, model=model, version=version),
        lambda response: _version(response.version),
    )


def unload(model: str, version: int = 0) -> UnaryCall[tuple[ModelVersion, ...]]:
    """Stop serving a version, or a whole model, until ``load`` or the server's next start.

    The result is the versions that are served no longer, the newest first.

    Args:
        model: name of the model.
        version: version of the model, >= 1; 0: every version.

    Raises:
        NotFoundError: the server does not serve the version.
        NamesmithError: the call failed; for the subclasses see ``namesmith_client.errors``.
    """
    return UnaryCall(
        lambda stubs: stubs.admin.UnloadModel,
        build(admin_pb2.UnloadModelRequest, model=model, version=version),
        lambda response: _versions(response.versions),
    )


def set_label(model: str, label: str, version: int) -> UnaryCall[dict[str, int]]:
    """Give a label to a version, or take it away; the repository keeps it.

    The result is the version of each label of the model.

    Args:
        model: name of the model.
        label: 1 to 64 characters of a-z, 0-9, "-", "_" and ".", the first a letter.
        version: version of the model, >= 1; 0: the label is taken away.

    Raises:
        NamesmithError: the call failed; for the subclasses see ``namesmith_client.errors``.
    """
    return UnaryCall(
        lambda stubs: stubs.admin.SetLabel,
        build(admin_pb2.SetLabelRequest, model=model, label=label, version=version),
        lambda response: dict(sorted(response.labels.items())),
    )


def versions(model: str = "") -> UnaryCall[tuple[ModelVersion, ...]]:
    """List the versions of the repository and their states, by model, the newest first.

    Args:
        model: name of the model; empty: every model.

    Raises:
        NamesmithError: the call failed; for the subclasses see ``namesmith_client.errors``.
    """
    return UnaryCall(
        lambda stubs: stubs.admin.ListVersions,
        build(admin_pb2.ListVersionsRequest, model=model),
        lambda response: _versions(response.versions),
    )


def _versions(messages: Iterable[admin_pb2.ModelVersion]) -> tuple[ModelVersion, ...]:
    return tuple(map(_version, messages))


def _version(message: admin_pb2.ModelVersion) -> ModelVersion:
    return ModelVersion(
        model=message.model,
        version=message.version,
        state=_state(message.state),
        labels=tuple(message.labels),
        fault=message.fault,
        newest=message.is_newest,
    )


def _state(state: admin_pb2.VersionState.ValueType) -> VersionState:
    return {
        admin_pb2.VERSION_STATE_AVAILABLE: VersionState.AVAILABLE,
        admin_pb2.VERSION_STATE_LOADING: VersionState.LOADING,
        admin_pb2.VERSION_STATE_SERVING: VersionState.SERVING,
        admin_pb2.VERSION_STATE_REFUSED: VersionState.REFUSED,
    }.get(state, VersionState.UNKNOWN)
