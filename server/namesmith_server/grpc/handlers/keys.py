"""The answers to NameKeys and KeyOfName."""

from collections.abc import Mapping
from functools import partial

from namesmith.v1 import names_pb2 as pb
from namesmith_server.engine import Admission, Secret
from namesmith_server.grpc.blends import Blends
from namesmith_server.grpc.call_record import current_record, holder
from namesmith_server.grpc.cancellation import Context
from namesmith_server.grpc.converters import CostLimits, ExcludedTexts, keys, unique
from namesmith_server.grpc.handlers.conversion import Conversion
from namesmith_server.grpc.handlers.weights import MAX_INLINE_ENCODED_NAMES, QUESTION_WEIGHT


class KeyAnswers:
    """Answers the names of keys, the unique names of numbers, and the numbers of these names."""

    def __init__(  # noqa: PLR0913, PLR0917 - the parts of an answer
        self,
        blends: Blends,
        cost_limits: CostLimits,
        admission: Admission,
        conversion: Conversion,
        secrets: Mapping[str, Secret],
        excluded: ExcludedTexts,
    ) -> None:
        """Set the parts; ``NameService`` explains them."""
        self._blends = blends
        self._cost_limits = cost_limits
        self._admission = admission
        self._conversion = conversion
        self._secrets = secrets
        self._excluded = excluded

    async def name_keys(self, message: pb.NameKeysRequest, context: Context) -> bytes:
        """Draw the name of each key."""
        served = await self._blends.get(message.model, context)
        model, lexicon = served.model, await self._conversion.lexicon(served)
        parse = partial(keys.parse_keys, message, lexicon, self._cost_limits, self._secrets)
        asked = await self._conversion.convert(message, len(message.keys), parse)
        weight = max(len(asked.keys), QUESTION_WEIGHT, model.inference.draws_at_once)
        with self._admission.admit(weight, holder(context)), self._excluded.told():
            named = await model.name_keys(*asked)
        current_record().note_answer(served.name, served.version, len(asked.keys))
        respond = partial(keys.keys_response, named, served)
        return (
            respond() if len(asked.keys) <= MAX_INLINE_ENCODED_NAMES else await model.run(respond)
        )

    async def name_numbers(self, message: pb.NameKeysRequest, context: Context) -> bytes:
        """Answer the unique name of each number."""
        served = await self._blends.get(message.model, context)
        lexicon, limits = await self._conversion.lexicon(served), self._cost_limits
        parse = partial(unique.parse_numbers, message, served, lexicon, limits, self._secrets)
        asked = await self._conversion.convert(message, len(message.keys), parse)
        count = len(asked.numbers)
        weight = max(count, QUESTION_WEIGHT)
        with self._admission.admit(weight, holder(context)), self._excluded.told():
            named = await served.model.name_numbers(*asked)
        current_record().note_answer(served.name, served.version, count)
        respond = partial(unique.unique_response, named, served)
        is_small = count <= MAX_INLINE_ENCODED_NAMES
        return respond() if is_small else await self._conversion.run(respond)

    async def numbers_of(
        self, message: pb.KeyOfNameRequest, context: Context
    ) -> pb.KeyOfNameResponse:
        """Answer the number of each unique name."""
        served = await self._blends.get(message.model, context)
        lexicon, limits = await self._conversion.lexicon(served), self._cost_limits
        parse = partial(unique.parse_unique_names, message, served, lexicon, limits, self._secrets)
        asked = await self._conversion.convert(message, len(message.names), parse)
        weight = max(len(asked.names), QUESTION_WEIGHT)
        with self._admission.admit(weight, holder(context)), self._excluded.told():
            numbers = await served.model.numbers_of(*asked)
        current_record().note_answer(served.name, served.version)
        return unique.numbers_response(numbers, served)
