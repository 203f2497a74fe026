"""The interface of every sampler."""

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator

from namesmith_server.engine.core import EncodedNames
from namesmith_server.engine.request import GenerateRequest
from namesmith_server.engine.results import NamesChunk

PART = 4096
"""Largest number of names in a chunk of a stream that is drawn in batches."""


class Sampler(ABC):
    """Draws the names of many requests at a time, without holding the event loop up."""

    def try_sample_inline(self, request: GenerateRequest) -> EncodedNames | None:
        """Draw the names of a request inline, where that takes no longer than a few calls.

        Returns None where the names would take longer, or where ``stream`` would raise.
        """
        del request
        return None

    async def sample(self, request: GenerateRequest) -> NamesChunk:
        """Draw all names of a request; raise the errors of ``stream``."""
        return NamesChunk.concatenate([chunk async for chunk in self.stream(request)])

    @abstractmethod
    def stream(self, request: GenerateRequest) -> AsyncIterator[NamesChunk]:
        """Draw the names of a request, chunk by chunk.

        The chunks together hold at least one name, and no log-probabilities, which the model adds.

        Raises:
            PatternError: a pattern is malformed, or costs too much.
            TooComplexError: the constraint costs too much.
            UnsatisfiableError: no name satisfies the constraint.
            TooRareError: with a chain, the names that satisfy the constraint are too improbable.
            GaveUpError: without a chain, no name that satisfies the constraint was found.
            TooManyPendingError: too many new samplings or constraints are being prepared.
        """

    def close(self) -> None:  # noqa: B027 - a sampler without threads has nothing to end
        """End the sampler's threads; requests in flight are cancelled."""
