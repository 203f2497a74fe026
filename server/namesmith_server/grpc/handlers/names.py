"""NameService: each handler converts the request, asks the model, converts the result."""

from collections.abc import AsyncIterator, Mapping, Sequence
from concurrent.futures import Executor
from functools import partial

from namesmith.v1 import names_pb2 as pb
from namesmith.v1 import names_pb2_grpc
from namesmith.vocabulary import UnknownCharacterError
from namesmith_server.engine import (
    Admission,
    GenerateRequest,
    Loss,
    Secret,
    name_count,
)
from namesmith_server.grpc.blends import Blends
from namesmith_server.grpc.call_record import current_record, holder
from namesmith_server.grpc.cancellation import Context
from namesmith_server.grpc.catalog import Catalog, ServedModel
from namesmith_server.grpc.converters import (
    CostLimits,
    ExcludedTexts,
    Lexicon,
    evaluate,
    generate,
    questions,
)
from namesmith_server.grpc.handlers.conversion import MAX_INLINE_TEXTS, Conversion
from namesmith_server.grpc.handlers.keys import KeyAnswers
from namesmith_server.grpc.handlers.weights import MAX_INLINE_ENCODED_NAMES, QUESTION_WEIGHT

STREAM_WEIGHT = 512
"""Largest admission weight of a stream that is not distinct: the names of a chunk in memory."""


class NameService(names_pb2_grpc.NameServiceServicer):
    """The service of names: sampling, scoring, losses and questions."""

    def __init__(  # noqa: PLR0913, PLR0917 - the parts of a service
        self,
        catalog: Catalog,
        blends: Blends,
        cost_limits: CostLimits,
        admission: Admission,
        executor: Executor,
        secrets: Mapping[str, Secret],
        excluded: ExcludedTexts | None = None,
    ) -> None:
        """Set the parts of the service.

        Args:
            catalog: models that answer.
            blends: blends of these models, and the models.
            cost_limits: cost that one unary call may have.
            admission: bound on the names in work.
            executor: thread that converts requests of much text, one after the other.
            secrets: secrets that calls refer to, by their names.
            excluded: texts that stand in no name of any model; None: there are none.
        """
        self._catalog = catalog
        self._blends = blends
        self._cost_limits = cost_limits
        self._admission = admission
        self._excluded = ExcludedTexts() if excluded is None else excluded
        self._conversion = Conversion(executor, self._excluded)
        self._keys = KeyAnswers(
            blends, cost_limits, admission, self._conversion, secrets, self._excluded
        )

    async def GenerateNames(  # type: ignore[override]  # noqa: N802 - serialized; gRPC's name
        self, message: pb.GenerateNamesRequest, context: Context
    ) -> bytes:
        """Draw names and answer with all of them in one response."""
        served = await self._blends.get(message.model, context)
        model, lexicon = served.model, await self._conversion.lexicon(served)
        request = await self._conversion.convert_constrained(
            message, lambda: generate.parse_generate(message, lexicon, self._cost_limits)
        )
        names = model.try_generate_inline(request)
        if names is not None:
            current_record().note_answer(served.name, served.version, request.count)
            return generate.inline_response(names, request.seed, served)
        weight = _weight(request, lexicon)
        with self._admission.admit(weight, holder(context)), self._excluded.told():
            chunk = await model.generate(request)
            current_record().note_answer(served.name, served.version, name_count(chunk.names))
            response = pb.GenerateNamesResponse
            if request.count <= MAX_INLINE_ENCODED_NAMES and not request.with_log_probs:
                return generate.chunk_response(response, chunk, request.seed, served)
            return await model.run(
                lambda: generate.chunk_response(response, chunk, request.seed, served)
            )

    async def StreamNames(  # type: ignore[override]  # noqa: N802 - serialized; gRPC's name
        self, message: pb.StreamNamesRequest, context: Context
    ) -> AsyncIterator[bytes]:
        """Draw any number of names and stream them in chunks."""
        served = await self._blends.get(message.model, context)
        lexicon = await self._conversion.lexicon(served)
        request = await self._conversion.convert_constrained(
            message, lambda: generate.parse_stream(message, lexicon)
        )
        weight = _weight(request, lexicon)
        weight = weight if request.distinct else min(weight, STREAM_WEIGHT)
        with self._admission.admit(weight, holder(context)), self._excluded.told():
            async for chunk in served.model.stream(request):
                current_record().note_answer(served.name, served.version, name_count(chunk.names))
                yield generate.chunk_response(pb.StreamNamesResponse, chunk, request.seed, served)

    async def ScoreNames(  # type: ignore[override]  # noqa: N802 - serialized; gRPC's name
        self, message: pb.ScoreNamesRequest, context: Context
    ) -> bytes:
        """Compute the log-probability of each name."""
        served = await self._blends.get(message.model, context)
        names = await self._names(message)
        try:
            with self._admission.admit(len(names), holder(context)):
                scores = await served.model.score(names)
                asked = message.with_plausibility
                plausible = await served.model.plausibilities(scores) if asked else None
        except UnknownCharacterError:
            raise await self._unknown_character(names, served) from None
        current_record().note_answer(served.name, served.version)
        respond = partial(
            evaluate.score_response,
            scores,
            plausible,
            served,
            per_character=message.per_character,
        )
        return respond() if len(names) <= MAX_INLINE_TEXTS else await self._conversion.run(respond)

    async def EvaluateSplit(  # noqa: N802 - gRPC's name
        self, message: pb.EvaluateSplitRequest, context: Context
    ) -> pb.EvaluateSplitResponse:
        """Compute the loss of a split, also apart for seen and unseen names."""
        served = self._catalog.get(message.model)
        size = sum(one.names for one in served.manifest.splits if one.name == message.split)
        with self._admission.admit(size, holder(context)):
            loss = await served.model.split_loss(message.split)
        current_record().note_answer(served.name, served.version)
        return evaluate.split_response(message.split, loss, served)

    async def EvaluateNames(  # noqa: N802 - gRPC's name
        self, messages: AsyncIterator[pb.EvaluateNamesRequest], context: Context
    ) -> pb.EvaluateNamesResponse:
        """Compute the loss of the names that the caller sends."""
        served, loss = None, Loss()
        async for message in messages:
            served = served or await self._blends.get(message.model, context)
            if not message.names:
                continue
            names = await self._names(message, loss.names)
            try:
                with self._admission.admit(len(names), holder(context)):
                    loss = loss.plus(await served.model.loss(names))
            except UnknownCharacterError:
                raise await self._unknown_character(names, served, loss.names) from None
        if served is None or not loss.names:
            raise evaluate.no_names_error()
        current_record().note_answer(served.name, served.version)
        return pb.EvaluateNamesResponse(**evaluate.evaluation_fields(loss, served))

    async def MeasureConstraint(  # noqa: N802 - gRPC's name
        self, message: pb.MeasureConstraintRequest, context: Context
    ) -> pb.MeasureConstraintResponse:
        """Measure how probable a constraint is, and how many names satisfy it."""
        served = await self._blends.get(message.model, context)
        lexicon = await self._conversion.lexicon(served)
        asked = await self._conversion.convert_constrained(
            message, lambda: questions.parse_measure(message, lexicon)
        )
        inference = served.model.inference
        weight = max(inference.draws_at_once, QUESTION_WEIGHT)
        with self._admission.admit(weight, holder(context)):
            measure = await inference.measure(asked.sampling, asked.constraint, asked.floor)
        current_record().note_answer(served.name, served.version)
        return questions.measure_response(measure, served)

    async def ListTopNames(  # type: ignore[override]  # noqa: N802 - serialized; gRPC's name
        self, message: pb.ListTopNamesRequest, context: Context
    ) -> bytes:
        """List the most probable names."""
        served = await self._blends.get(message.model, context)
        lexicon = await self._conversion.lexicon(served)
        asked = await self._conversion.convert_constrained(
            message, lambda: questions.parse_top(message, lexicon)
        )
        inference = served.model.inference
        weight = max(asked.count, QUESTION_WEIGHT)
        with self._admission.admit(weight, holder(context)), self._excluded.told():
            top = await inference.top(asked.count, asked.sampling, asked.constraint)
        current_record().note_answer(served.name, served.version)
        return questions.top_response(top, served)

    async def NameKeys(  # type: ignore[override]  # noqa: N802 - serialized; gRPC's name
        self, message: pb.NameKeysRequest, context: Context
    ) -> bytes:
        """Draw the name of each key, or answer the unique name of each number."""
        answer = self._keys.name_numbers if message.unique else self._keys.name_keys
        return await answer(message, context)

    async def KeyOfName(  # noqa: N802 - gRPC's name
        self, message: pb.KeyOfNameRequest, context: Context
    ) -> pb.KeyOfNameResponse:
        """Answer the number of each unique name."""
        return await self._keys.numbers_of(message, context)

    async def _names(
        self, message: pb.ScoreNamesRequest | pb.EvaluateNamesRequest, before: int = 0
    ) -> Sequence[str]:
        """Return the names of a message, checked, after ``before`` names of the same call."""
        convert = partial(evaluate.parse_names, message, self._cost_limits, before)
        return await self._conversion.convert(message, len(message.names), convert)

    async def _unknown_character(
        self, names: Sequence[str], served: ServedModel, before: int = 0
    ) -> Exception:
        """Return the error of names of which one holds a character outside the vocabulary."""
        vocabulary = served.model.vocabulary
        return await self._conversion.run(
            lambda: evaluate.unknown_character_error(names, vocabulary, before)
        )


def _weight(request: GenerateRequest, lexicon: Lexicon) -> int:
    """Return the admission weight of a request, in names.

    Under lengths of its own a model without a chain may draw thousands of candidates for one name,
    and it draws the rows before the first one too.
    """
    is_usual = (
        request.constraint._replace(prefix=()) == lexicon.default
        and not request.distinct
        and not request.first_row
    )
    return request.count if is_usual else max(request.count, QUESTION_WEIGHT)
