"""The one interface of every way to draw names."""

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator

from namesmith_server.engine.core import EncodedNames
from namesmith_server.engine.request import GenerateRequest
from namesmith_server.engine.results import NamesChunk


class Sampler(ABC):
    """Draws the names of requests, many at a time, without holding the event loop up."""

    def try_sample_inline(self, request: GenerateRequest) -> EncodedNames | None:
        """Draw the names here and now, where that takes no longer than a few calls.

        Returns None where it would take longer, or where ``stream`` would raise.
        """
        del request
        return None

    async def sample(self, request: GenerateRequest) -> NamesChunk:
        """Draw all names of a request; raise the errors of ``stream``."""
        return NamesChunk.concatenate([chunk async for chunk in self.stream(request)])

    @abstractmethod
    def stream(self, request: GenerateRequest) -> AsyncIterator[NamesChunk]:
        """Draw the names of a request, chunk by chunk: at least one name in all.

        Log-probabilities are not a sampler's business: the chunks hold none.

        Raises:
            PatternError: a pattern is malformed, or costs too much.
            TooComplexError: the constraint costs too much.
            UnsatisfiableError: no name satisfies the constraint.
            TooRareError: with a table, names that satisfy it are too rare.
            GaveUpError: without a table, no name that satisfies it was found.
            TooManyPendingError: too many new samplings or constraints are being prepared.
        """

    def close(self) -> None:  # noqa: B027 - a sampler without threads has nothing to end
        """End the sampler's threads; requests in flight are cancelled."""
