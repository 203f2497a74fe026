"""NameService: sampling, scoring and the loss of a split."""

import asyncio
import math
from collections.abc import Callable
from concurrent.futures import Executor
from typing import TypeVar

from namesmith.v1 import names_pb2 as pb
from namesmith.v1 import names_pb2_grpc
from namesmith.vocabulary import UnknownCharacterError
from namesmith_server.service import requests
from namesmith_server.service.boundary import Context, answers
from namesmith_server.service.catalog import Catalog

T = TypeVar("T")


class NameService(names_pb2_grpc.NameServiceServicer):
    """Converts, delegates to the model, converts back; the work runs off the event loop."""

    def __init__(self, catalog: Catalog, limits: requests.Limits, executor: Executor) -> None:
        self._catalog = catalog
        self._limits = limits
        self._executor = executor

    @answers
    async def GenerateNames(  # noqa: N802 - gRPC's name
        self, request: pb.GenerateNamesRequest, _context: Context
    ) -> pb.GenerateNamesResponse:
        """Samples whole names."""
        served = self._catalog.get(request.model.name)
        order = requests.order(request, served.model.vocabulary, self._limits)
        response = pb.GenerateNamesResponse(
            seed=order.seed, model=served.manifest.model, version=served.manifest.version
        )
        if request.with_log_probs:
            scored = await self._run(lambda: served.model.generate_scored(order))
            response.names.extend(scored.names)
            response.log_probs.extend(scored.log_probs.tolist())
        else:
            response.names.extend(await self._run(lambda: served.model.generate(order)))
        return response

    @answers
    async def ScoreNames(  # noqa: N802 - gRPC's name
        self, request: pb.ScoreNamesRequest, _context: Context
    ) -> pb.ScoreNamesResponse:
        """The probability of each name."""
        served = self._catalog.get(request.model.name)
        names = requests.names(request, self._limits)
        try:
            scored = await self._run(lambda: served.model.score(names))
        except UnknownCharacterError:
            raise requests.unknown_character(names, served.model.vocabulary) from None
        response = pb.ScoreNamesResponse(
            model=served.manifest.model, version=served.manifest.version
        )
        if request.per_character:
            characters = scored.character_log_probs.tolist()
            start = 0
            for log_prob, length in zip(
                scored.log_probs.tolist(), scored.lengths.tolist(), strict=True
            ):
                values = characters[start : start + length]
                response.scores.add(log_prob=log_prob, character_log_probs=values)
                start += length
        else:
            response.scores.extend(pb.NameScore(log_prob=x) for x in scored.log_probs.tolist())
        return response

    @answers
    async def EvaluateSplit(  # noqa: N802 - gRPC's name
        self, request: pb.EvaluateSplitRequest, _context: Context
    ) -> pb.EvaluateSplitResponse:
        """The loss of a split."""
        served = self._catalog.get(request.model.name)
        loss = await self._run(lambda: served.model.evaluate(request.split))
        return pb.EvaluateSplitResponse(
            split=request.split,
            loss=loss.loss,
            perplexity=math.exp(loss.loss),
            bits_per_character=loss.loss / math.log(2),
            names=loss.names,
            symbols=loss.symbols,
            model=served.manifest.model,
            version=served.manifest.version,
            data_sha256=served.manifest.data.sha256,
            backend=served.model.backend.name,
            device=served.model.backend.device,
        )

    async def _run(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._executor, work)
