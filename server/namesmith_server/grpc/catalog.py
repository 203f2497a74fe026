"""The models that are served, by name."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from namesmith.v1.manifest_pb2 import Manifest
from namesmith.v1.names_pb2 import GenerateNamesResponse
from namesmith_server.engine import Model
from namesmith_server.grpc.errors import NotReadyError, UnknownModelError


@dataclass(frozen=True)
class ServedModel:
    """A model and its origin.

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


class Catalog:
    """The served models; the catalog is empty, and not ready, until it is filled once."""

    def __init__(self) -> None:
        self._served: dict[str, ServedModel] = {}
        self._default = ""

    def fill(self, served: Iterable[ServedModel], default: str) -> None:
        """Add the models; ``default`` is the name of the model for calls without a model's name."""
        self._served = {one.name: one for one in sorted(served, key=lambda one: one.name)}
        self._default = default

    def get(self, name: str) -> ServedModel:
        """Return the model of a name, or the default model for the empty name.

        Raises:
            NotReadyError: no model is loaded yet.
            UnknownModelError: no model has the name.
        """
        if not self._served:
            raise NotReadyError
        try:
            return self._served[name or self._default]
        except KeyError:
            raise UnknownModelError(name, tuple(self._served)) from None

    def all(self) -> list[ServedModel]:
        """Return all models, in the order of their names.

        Raises:
            NotReadyError: no model is loaded yet.
        """
        if not self._served:
            raise NotReadyError
        return list(self._served.values())

    def is_default(self, served: ServedModel) -> bool:
        """Tell whether a model answers the requests that name no model."""
        return served.name == self._default

    def close(self) -> None:
        """End the threads of the models."""
        for served in self._served.values():
            served.model.close()
