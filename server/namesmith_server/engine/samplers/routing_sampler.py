"""The sampler of a model that draws unconstrained and constrained names in different ways."""

from collections.abc import AsyncIterator

from namesmith_server.engine.core import EncodedNames
from namesmith_server.engine.request import GenerateRequest
from namesmith_server.engine.results import NamesChunk
from namesmith_server.engine.samplers.base import Sampler


class RoutingSampler(Sampler):
    """A ``Sampler`` that leaves each request to one of two other samplers."""

    def __init__(self, unconstrained: Sampler, constrained: Sampler) -> None:
        """Set the sampler of unconstrained requests, and the sampler of all other requests."""
        self._unconstrained = unconstrained
        self._constrained = constrained

    def try_sample_inline(self, request: GenerateRequest) -> EncodedNames | None:
        """Leave the request to its sampler."""
        return self._route(request).try_sample_inline(request)

    async def sample(self, request: GenerateRequest) -> NamesChunk:
        """Leave the request to its sampler."""
        return await self._route(request).sample(request)

    def stream(self, request: GenerateRequest) -> AsyncIterator[NamesChunk]:
        """Leave the request to its sampler."""
        return self._route(request).stream(request)

    def close(self) -> None:
        """Close both samplers."""
        self._unconstrained.close()
        self._constrained.close()

    def _route(self, request: GenerateRequest) -> Sampler:
        return self._unconstrained if request.is_unconstrained else self._constrained
