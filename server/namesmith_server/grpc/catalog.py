"""The models that are served, by name, version and label."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from namesmith.blend import is_blend
from namesmith.v1.manifest_pb2 import Manifest
from namesmith.v1.names_pb2 import GenerateNamesResponse, ModelRef
from namesmith_server.engine import Model, shown
from namesmith_server.grpc.errors import (
    InvalidArgumentError,
    NotReadyError,
    UnknownModelError,
    UnknownVersionError,
    Violation,
)


@dataclass(frozen=True, eq=False)
class ServedModel:
    """A version of a model, and its origin; it lives while the catalog or a call refers to it.

    Attributes:
        name: name of the model.
        version: version of the model.
        model: the loaded model.
        manifest: manifest of the bundle that the model was loaded from; must not be changed.
    """

    name: str
    version: int
    model: Model
    manifest: Manifest

    @cached_property
    def origin(self) -> bytes:
        """The fields of a GenerateNamesResponse for the model and its version, serialized."""
        return GenerateNamesResponse(model=self.name, version=self.version).SerializeToString()


@dataclass(frozen=True)
class ServedVersions:
    """The versions of one model that are served.

    Attributes:
        all: the versions, the newest first.
        labels: version of each label; a label may name a version that is not served.
    """

    all: tuple[ServedModel, ...]
    labels: Mapping[str, int] = field(default_factory=dict)

    def labels_of(self, version: int) -> tuple[str, ...]:
        """Return the labels of a version, in the order of the alphabet."""
        return tuple(sorted(label for label, of in self.labels.items() if of == version))


@dataclass(frozen=True)
class Snapshot:
    """The content of a catalog between two changes.

    Attributes:
        models: versions of each model, in the order of their names.
        newest: newest version of each model, which answers calls that name no version.
        default: name of the model for calls without a model's name.
    """

    models: Mapping[str, ServedVersions] = field(default_factory=dict)
    newest: Mapping[str, ServedModel] = field(default_factory=dict)
    default: str = ""


class Catalog:
    """The served models, exchanged as a whole; not ready while no model is served."""

    def __init__(self) -> None:
        self._now = Snapshot()
        self._watchers: list[Callable[[], object]] = []

    def on_change(self, watcher: Callable[[], object]) -> None:
        """Have a function called after every change of the versions that are served."""
        self._watchers.append(watcher)

    def fill(
        self,
        served: Iterable[ServedModel],
        default: str,
        labels: Mapping[str, Mapping[str, int]] | None = None,
    ) -> None:
        """Serve versions of models, and nothing else, from the next call on.

        Args:
            served: the versions.
            default: name of the model for calls without a model's name.
            labels: version of each label, by the name of the model.
        """
        ordered: dict[str, list[ServedModel]] = {}
        for one in sorted(served, key=lambda one: (one.name, -one.version)):
            ordered.setdefault(one.name, []).append(one)
        of = labels or {}
        models = {
            name: ServedVersions(tuple(versions), of.get(name, {}))
            for name, versions in ordered.items()
        }
        newest = {name: versions.all[0] for name, versions in models.items()}
        before, self._now = self._now, Snapshot(models, newest, default)
        if _versions(before) != _versions(self._now):
            for watcher in self._watchers:
                watcher()

    def get(self, asked: ModelRef) -> ServedModel:
        """Return the version that a call asks for: by default the newest of the default model.

        Raises:
            InvalidArgumentError: the call names both a version and a label, or a version below 1,
                or a blend, which ``Blends`` finds for the calls that a blend can answer.
            NotReadyError: no model is served.
            UnknownModelError: no model has the name.
            UnknownVersionError: the model has no such version or label.
        """
        now = self._now
        if not now.newest:
            raise NotReadyError
        name = asked.name or now.default
        try:
            newest = now.newest[name]
        except KeyError:
            if is_blend(name):
                raise _one_model(name) from None
            raise UnknownModelError(name, tuple(now.models)) from None
        if asked.version or asked.label:
            return _version(now.models[name], asked, name)
        return newest

    def all(self) -> list[ServedModel]:
        """Return all versions, in the order of their models' names, the newest first.

        Raises:
            NotReadyError: no model is served.
        """
        if not self._now.newest:
            raise NotReadyError
        return [one for versions in self._now.models.values() for one in versions.all]

    def versions(self, name: str) -> ServedVersions:
        """Return the versions of a model; none where the model is not served any more."""
        return self._now.models.get(name, ServedVersions(()))

    def is_default(self, served: ServedModel) -> bool:
        """Tell whether a version answers the requests that name no model."""
        return served is self._now.newest.get(self._now.default)

    def close(self) -> None:
        """End the threads of the models."""
        for versions in self._now.models.values():
            for served in versions.all:
                served.model.close()


def _versions(snapshot: Snapshot) -> set[ServedModel]:
    """Return all versions of a snapshot."""
    return {one for versions in snapshot.models.values() for one in versions.all}


def _one_model(name: str) -> InvalidArgumentError:
    """Return the error of a blend where one model is asked for."""
    told = f"{shown(name)} is a blend, this call is about one model"
    return InvalidArgumentError([Violation("model.name", told)])


def _version(versions: ServedVersions, asked: ModelRef, name: str) -> ServedModel:
    """Return the version that a call names by its number or a label."""
    if asked.version and asked.label:
        both = f"{asked.version} and label {shown(asked.label)}: one of them is allowed"
        raise InvalidArgumentError([Violation("model.version", both)])
    if asked.version < 0:
        raise InvalidArgumentError([Violation("model.version", f"{asked.version} is below 1")])
    number = asked.version or versions.labels.get(asked.label, 0)
    for served in versions.all:
        if served.version == number:
            return served
    raise _unknown_version(versions, asked, name, number)


def _unknown_version(
    versions: ServedVersions, asked: ModelRef, name: str, number: int
) -> UnknownVersionError:
    """Return the error of a version that is not served; it names what is there."""
    there = f"this server has {', '.join(str(one.version) for one in versions.all)}"
    if not asked.label:
        message = f"version {number} of model {name} is not served, {there}"
        return UnknownVersionError("model.version", f"{name}/{number}", message)
    if number:
        message = f"label {shown(asked.label)} of model {name} is version {number}, which is not"
        message = f"{message} served, {there}"
    else:
        labels = ", ".join(sorted(versions.labels)) or "none"
        message = f"label {shown(asked.label)} of model {name} is unknown, the labels are {labels}"
    return UnknownVersionError("model.label", f"{name}@{asked.label}", message)
