"""NameService: each handler converts the request, asks the model, converts the result."""

import asyncio
from collections.abc import AsyncIterator, Sequence

from namesmith.v1 import names_pb2 as pb
from namesmith.v1 import names_pb2_grpc
from namesmith.vocabulary import UnknownCharacterError
from namesmith_server.engine import Admission, Constraint, GenerateRequest, Loss
from namesmith_server.grpc.cancellation import Context
from namesmith_server.grpc.catalog import Catalog, ServedModel
from namesmith_server.grpc.converters import CostLimits, evaluate, generate, questions
from namesmith_server.grpc.handler_wrappers import stream_handler, unary_handler
from namesmith_server.grpc.wire import require_message

QUESTION_WEIGHT = 256
"""Least admission weight of a constrained call, and of a question, in names. A small call whose
chain is kept is drawn on the event loop and needs no admission; the builds of new chains have a
limit of their own (``concurrency.single_flight.MAX_PENDING``)."""

STREAM_WEIGHT = 512
"""Largest admission weight of a stream that is not distinct: the names of a chunk in memory."""

MAX_INLINE_ENCODED_NAMES = 16_384
"""Largest number of names whose response is encoded on the event loop: some 0.1 to 0.5 ms."""


class NameService(names_pb2_grpc.NameServiceServicer):
    """The service of names: sampling, scoring, losses and exact questions."""

    def __init__(self, catalog: Catalog, cost_limits: CostLimits, admission: Admission) -> None:
        self._catalog = catalog
        self._cost_limits = cost_limits
        self._admission = admission

    @unary_handler
    async def GenerateNames(  # type: ignore[override]  # noqa: N802 - serialized; gRPC's name
        self, message: pb.GenerateNamesRequest, _context: Context
    ) -> bytes:
        """Draw names and answer with all of them in one response."""
        served = self._catalog.get(message.model.name)
        model = served.model
        request = generate.parse_generate(message, model.vocabulary, self._cost_limits)
        names = model.try_generate_inline(request)
        if names is not None:
            return generate.inline_response(names, request.seed, served)
        with self._admission.admit(_weight(request)):
            chunk = await model.generate(request)
            response = pb.GenerateNamesResponse
            if request.count <= MAX_INLINE_ENCODED_NAMES and not request.with_log_probs:
                return generate.chunk_response(response, chunk, request.seed, served)
            return await model.run(
                lambda: generate.chunk_response(response, chunk, request.seed, served)
            )

    @stream_handler
    async def StreamNames(  # type: ignore[override]  # noqa: N802 - serialized; gRPC's name
        self, message: pb.StreamNamesRequest, _context: Context
    ) -> AsyncIterator[bytes]:
        """Draw any number of names and stream them in chunks."""
        served = self._catalog.get(message.model.name)
        request = generate.parse_stream(message, served.model.vocabulary)
        weight = _weight(request)
        with self._admission.admit(weight if request.distinct else min(weight, STREAM_WEIGHT)):
            async for chunk in served.model.stream(request):
                yield generate.chunk_response(pb.StreamNamesResponse, chunk, request.seed, served)

    @unary_handler
    async def ScoreNames(  # noqa: N802 - gRPC's name
        self, message: pb.ScoreNamesRequest, _context: Context
    ) -> pb.ScoreNamesResponse:
        """Compute the log-probability of each name."""
        served = self._catalog.get(message.model.name)
        names = evaluate.parse_names(message, self._cost_limits)
        try:
            with self._admission.admit(len(names)):
                scores = await served.model.score(names)
        except UnknownCharacterError:
            raise await _unknown_character(names, served) from None
        # The messages are made off the event loop, for there may be 100,000 scores.
        messages = await asyncio.to_thread(
            evaluate.score_messages, scores, per_character=message.per_character
        )
        return pb.ScoreNamesResponse(scores=messages, model=served.name, version=served.version)

    @unary_handler
    async def EvaluateSplit(  # noqa: N802 - gRPC's name
        self, message: pb.EvaluateSplitRequest, _context: Context
    ) -> pb.EvaluateSplitResponse:
        """Compute the loss of a split, also apart for seen and unseen names."""
        served = self._catalog.get(message.model.name)
        size = sum(one.names for one in served.manifest.splits if one.name == message.split)
        with self._admission.admit(size):
            loss = await served.model.split_loss(message.split)
        return evaluate.split_response(message.split, loss, served)

    @unary_handler
    async def EvaluateNames(  # noqa: N802 - gRPC's name
        self, messages: AsyncIterator[pb.EvaluateNamesRequest], _context: Context
    ) -> pb.EvaluateNamesResponse:
        """Compute the loss of the names that the caller sends."""
        served, loss = None, Loss()
        async for message in messages:
            require_message(message)
            served = served or self._catalog.get(message.model.name)
            names = evaluate.parse_more_names(message, self._cost_limits, loss.names)
            if not names:
                continue
            try:
                with self._admission.admit(len(names)):
                    loss = loss.plus(await served.model.loss(names))
            except UnknownCharacterError:
                raise await _unknown_character(names, served, loss.names) from None
        if served is None or not loss.names:
            raise evaluate.no_names_error()
        return pb.EvaluateNamesResponse(**evaluate.evaluation_fields(loss, served))

    @unary_handler
    async def MeasureConstraint(  # noqa: N802 - gRPC's name
        self, message: pb.MeasureConstraintRequest, _context: Context
    ) -> pb.MeasureConstraintResponse:
        """Measure how probable a constraint is, and how many names satisfy it."""
        served = self._catalog.get(message.model.name)
        asked = questions.parse_measure(message, served.model.vocabulary)
        inference = served.model.inference
        with self._admission.admit(QUESTION_WEIGHT):
            measure = await inference.measure(asked.sampling, asked.constraint, asked.floor)
        return questions.measure_response(measure, served)

    @unary_handler
    async def ListTopNames(  # type: ignore[override]  # noqa: N802 - serialized; gRPC's name
        self, message: pb.ListTopNamesRequest, _context: Context
    ) -> bytes:
        """List the most probable names."""
        served = self._catalog.get(message.model.name)
        asked = questions.parse_top(message, served.model.vocabulary)
        inference = served.model.inference
        with self._admission.admit(max(asked.count, QUESTION_WEIGHT)):
            top = await inference.top(asked.count, asked.sampling, asked.constraint)
        return questions.top_response(top, served)


def _weight(request: GenerateRequest) -> int:
    """Return the admission weight of a request, in names.

    Under lengths of its own a model without a chain may draw thousands of candidates for one name.
    """
    usual = request.constraint._replace(prefix=()) == Constraint() and not request.distinct
    return request.count if usual else max(request.count, QUESTION_WEIGHT)


async def _unknown_character(
    names: Sequence[str], served: ServedModel, before: int = 0
) -> Exception:
    """Return the error of names of which one holds a character outside the vocabulary."""
    return await asyncio.to_thread(
        evaluate.unknown_character_error, names, served.model.vocabulary, before
    )
