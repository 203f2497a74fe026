"""The models that are served, by name."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from namesmith.v1.manifest_pb2 import Manifest
from namesmith.v1.names_pb2 import GenerateNamesResponse
from namesmith_server.engine.model import Model
from namesmith_server.service.errors import NotReadyError, UnknownModelError


@dataclass(frozen=True)
class Served:
    """A model and where it comes from.

    Attributes:
        name: of the model.
        version: of the model.
        model: answers.
        manifest: of the bundle that it was loaded from.
    """

    name: str
    version: int
    model: Model
    manifest: Manifest

    @cached_property
    def response(self) -> GenerateNamesResponse:
        """Tells which model samples; used again for every small call, for it is sent at once."""
        return GenerateNamesResponse(model=self.name, version=self.version)


class Catalog:
    """Empty, and not ready, until it is filled once."""

    def __init__(self) -> None:
        self._served: dict[str, Served] = {}
        self._default = ""

    def fill(self, served: Iterable[Served], default: str) -> None:
        """Makes the models known; ``default`` is one of them."""
        self._served = {one.name: one for one in sorted(served, key=lambda one: one.name)}
        self._default = default

    def get(self, name: str) -> Served:
        """The model of that name, or the default model for the empty name.

        Raises:
            NotReadyError: no model is loaded yet.
            UnknownModelError: there is none of that name.
        """
        if not self._served:
            raise NotReadyError
        try:
            return self._served[name or self._default]
        except KeyError:
            raise UnknownModelError(name, tuple(self._served)) from None

    def all(self) -> list[Served]:
        """Every model, in the order of their names.

        Raises:
            NotReadyError: no model is loaded yet.
        """
        if not self._served:
            raise NotReadyError
        return list(self._served.values())

    def is_default(self, served: Served) -> bool:
        """Whether it answers requests that name no model."""
        return served.name == self._default

    def close(self) -> None:
        """Ends what the models run."""
        for served in self._served.values():
            served.model.close()
