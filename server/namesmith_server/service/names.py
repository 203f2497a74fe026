"""NameService: sampling, scoring and the loss of sets of names."""

import asyncio
import math
from collections.abc import AsyncIterator, Sequence
from typing import TypedDict

import numpy as np

from namesmith.v1 import names_pb2 as pb
from namesmith.v1 import names_pb2_grpc
from namesmith.vocabulary import UnknownCharacterError
from namesmith_server.engine.admission import Admission
from namesmith_server.engine.frames import Frames
from namesmith_server.engine.parameters import Order
from namesmith_server.engine.results import Loss, Names, Scores
from namesmith_server.service import requests
from namesmith_server.service.boundary import Context, answers, checked, streams
from namesmith_server.service.catalog import Catalog, Served

QUESTION = 256
"""Names that could be drawn for what a constraint or a question costs at least, once it is kept;
what is new is bounded where it is made."""

Sampled = pb.GenerateNamesResponse | pb.StreamNamesResponse

STREAM = 512
"""Names whose place a stream takes: those of a part that takes memory while it is drawn."""


class NameService(names_pb2_grpc.NameServiceServicer):
    """Converts, delegates to the model, converts back."""

    def __init__(self, catalog: Catalog, limits: requests.Limits, admission: Admission) -> None:
        self._catalog = catalog
        self._limits = limits
        self._admission = admission

    @answers
    async def GenerateNames(  # type: ignore[override]  # noqa: N802 - serialised; gRPC's name
        self, request: pb.GenerateNamesRequest, _context: Context
    ) -> bytes:
        """Samples whole names."""
        served = self._catalog.get(request.model.name)
        order = requests.order(request, served.model.vocabulary, self._limits)
        frames = served.model.at_once(order)
        if frames is not None:
            response = served.response
            response.seed = order.seed
            return _answered(frames, response)
        with self._admission.rows(_weight(order)):
            drawn = await served.model.generate(order)
        return _drawn(pb.GenerateNamesResponse, drawn, order, served)

    @streams
    async def StreamNames(  # type: ignore[override]  # noqa: N802 - serialised; gRPC's name
        self, request: pb.StreamNamesRequest, _context: Context
    ) -> AsyncIterator[bytes]:
        """Samples as many names as are wanted."""
        served = self._catalog.get(request.model.name)
        order = requests.stream_order(request, served.model.vocabulary)
        with self._admission.rows(
            _weight(order) if order.distinct else min(_weight(order), STREAM)
        ):
            async for drawn in served.model.stream(order):
                yield _drawn(pb.StreamNamesResponse, drawn, order, served)

    @answers
    async def ScoreNames(  # noqa: N802 - gRPC's name
        self, request: pb.ScoreNamesRequest, _context: Context
    ) -> pb.ScoreNamesResponse:
        """The probability of each name."""
        served = self._catalog.get(request.model.name)
        names = requests.names(request, self._limits)
        try:
            with self._admission.rows(len(names)):
                scores = await served.model.score(names)
        except UnknownCharacterError:
            raise await _unknown(names, served) from None
        # Off the event loop, for there may be 100,000.
        scored = await asyncio.to_thread(_scored, scores, per_character=request.per_character)
        return pb.ScoreNamesResponse(scores=scored, model=served.name, version=served.version)

    @answers
    async def EvaluateSplit(  # noqa: N802 - gRPC's name
        self, request: pb.EvaluateSplitRequest, _context: Context
    ) -> pb.EvaluateSplitResponse:
        """The loss of a split."""
        served = self._catalog.get(request.model.name)
        size = sum(one.names for one in served.manifest.splits if one.name == request.split)
        with self._admission.rows(size):
            loss = await served.model.split_loss(request.split)
        return pb.EvaluateSplitResponse(
            split=request.split,
            data_sha256=served.manifest.data.sha256,
            **_evaluation(loss, served),
        )

    @answers
    async def EvaluateNames(  # noqa: N802 - gRPC's name
        self, messages: AsyncIterator[pb.EvaluateNamesRequest], _context: Context
    ) -> pb.EvaluateNamesResponse:
        """The loss of the names that the caller sends."""
        served, loss = None, Loss()
        async for request in messages:
            checked(request)
            served = served or self._catalog.get(request.model.name)
            names = requests.more_names(request, self._limits, loss.names)
            if not names:
                continue
            try:
                with self._admission.rows(len(names)):
                    loss = loss.plus(await served.model.loss(names))
            except UnknownCharacterError:
                raise await _unknown(names, served, loss.names) from None
        if served is None or not loss.names:
            raise requests.no_names()
        return pb.EvaluateNamesResponse(**_evaluation(loss, served))

    @answers
    async def MeasureConstraint(  # noqa: N802 - gRPC's name
        self, request: pb.MeasureConstraintRequest, _context: Context
    ) -> pb.MeasureConstraintResponse:
        """How probable a constraint is."""
        served = self._catalog.get(request.model.name)
        asked = requests.measured(request, served.model.vocabulary)
        with self._admission.rows(QUESTION):
            found = await served.model.exact.measure(asked.sampling, asked.constraint, asked.floor)
        return pb.MeasureConstraintResponse(
            probability=found.probability,
            probability_given_lengths=found.given_lengths,
            expected_length=found.expected_length,
            names=found.names,
            names_above_floor=found.above_floor,
            more_above_floor=found.more,
            model=served.name,
            version=served.version,
        )

    @answers
    async def ListTopNames(  # noqa: N802 - gRPC's name
        self, request: pb.ListTopNamesRequest, _context: Context
    ) -> pb.ListTopNamesResponse:
        """The most probable names."""
        served = self._catalog.get(request.model.name)
        asked = requests.top(request, served.model.vocabulary)
        with self._admission.rows(max(asked.count, QUESTION)):
            found = await served.model.exact.top(asked.count, asked.sampling, asked.constraint)
        return pb.ListTopNamesResponse(
            names=found.names,
            log_probs=found.log_probs,
            exhausted=found.exhausted,
            model=served.name,
            version=served.version,
        )


def _answered(frames: Frames, rest: Sampled) -> bytes:
    """A response, serialised: frames are its names as they are, for messages joined are merged."""
    return frames + rest.SerializeToString()


def _drawn(kind: type[Sampled], drawn: Names, order: Order, served: Served) -> bytes:
    rest = kind(
        log_probs=drawn.log_probs,
        seed=order.seed,
        model=served.name,
        version=served.version,
        exhausted=drawn.exhausted,
        acceptance_rate=drawn.acceptance,
        gave_up=drawn.gave_up,
    )
    return _answered(drawn.frames, rest)


async def _unknown(names: Sequence[str], served: Served, before: int = 0) -> Exception:
    """The refusal of names of which one is not spelt in the model's symbols."""
    vocabulary = served.model.vocabulary
    return await asyncio.to_thread(requests.unknown_character, names, vocabulary, before)


def _scored(scores: Scores, *, per_character: bool) -> list[pb.NameScore]:
    log_probs = scores.log_probs.tolist()
    if not per_character:
        return [pb.NameScore(log_prob=log_prob) for log_prob in log_probs]
    characters = np.split(scores.character_log_probs, scores.lengths.cumsum()[:-1])
    return [
        pb.NameScore(log_prob=log_prob, character_log_probs=values.tolist())
        for log_prob, values in zip(log_probs, characters, strict=True)
    ]


def _weight(order: Order) -> int:
    """The names whose cost an order has."""
    return order.count if order.plain else max(order.count, QUESTION)


class _Evaluation(TypedDict):
    """The fields that both evaluations answer."""

    loss: float
    perplexity: float
    bits_per_character: float
    names: int
    symbols: int
    model: str
    version: int
    backend: str
    device: str


def _evaluation(loss: Loss, served: Served) -> _Evaluation:
    return _Evaluation(
        loss=loss.mean,
        perplexity=math.exp(loss.mean),
        bits_per_character=loss.mean / math.log(2),
        names=loss.names,
        symbols=loss.symbols,
        model=served.name,
        version=served.version,
        backend=served.model.backend.name,
        device=served.model.backend.device,
    )
