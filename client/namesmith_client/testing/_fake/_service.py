"""The fake server: it answers request messages by response messages, in this process."""

import math
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from grpc_health.v1 import health_pb2

from namesmith import limits
from namesmith.blend import is_blend
from namesmith.excluded_texts import sha256_of_texts
from namesmith.quoting import shown
from namesmith.v1 import models_pb2, names_pb2, server_pb2
from namesmith.version import VERSION
from namesmith_client.errors import NamesmithError
from namesmith_client.testing._fake import _keys, _model, _names, _unique
from namesmith_client.testing._fake._blend import check_blend
from namesmith_client.testing._fake._checks import check_filter, check_names
from namesmith_client.testing._fake._data import SPLITS, TRAIN
from namesmith_client.testing._fake._distribution import log_prob, symbol_log_probs
from namesmith_client.testing._fake._plausibility import RESOLUTION, plausibility
from namesmith_client.testing._fake._refusals import (
    invalid_field,
    unimplemented,
    unknown_label,
    unknown_model,
    unknown_service,
    unknown_split,
    unknown_version,
)

MAX_NAMES = 375_000
"""The bound on names in work that the fake tells, and does not hold."""

ORIGIN: dict[str, Any] = {"backend": "table", "device": "cpu"}
"""The program that a server would name."""

OF_ONE_MODEL = (names_pb2.EvaluateSplitRequest, models_pb2.GetModelRequest)
"""Requests about one model, which refuse a blend."""

ONE_MODEL = "is a blend, this call is about one model"

HEALTHY = (
    "",
    "namesmith.v1.NameService",
    "namesmith.v1.ModelService",
    "namesmith.v1.ServerService",
    "grpc.health.v1.Health",
)
"""Services whose health is SERVING, beside the model's."""


class FakeService:
    """A server with one model, version 1, that every call asks.

    Args:
        model: name of the model.
        failures: errors that the first calls raise, one each.
    """

    def __init__(self, model: str, failures: Iterable[NamesmithError] = ()) -> None:
        self._model = model
        self._failures = iter(failures)
        self._answers: dict[type, Callable[[Any], Any]] = {
            names_pb2.GenerateNamesRequest: self._generate,
            names_pb2.ScoreNamesRequest: self._score,
            names_pb2.EvaluateSplitRequest: self._evaluate,
            names_pb2.MeasureConstraintRequest: _names.measure,
            names_pb2.ListTopNamesRequest: _names.top,
            names_pb2.NameKeysRequest: self._name_keys,
            names_pb2.KeyOfNameRequest: _unique.keys_of_names,
            models_pb2.GetModelRequest: lambda _: models_pb2.GetModelResponse(model=self._own()),
            models_pb2.ListModelsRequest: self._list,
            models_pb2.DescribeModelRequest: lambda _: _model.description(),
            server_pb2.GetServerRequest: self._server,
            health_pb2.HealthCheckRequest: self._health,
        }

    def answer(self, request: Any) -> Any:  # noqa: ANN401 - a message of any call
        """Answer a call of one request and one response.

        Raises:
            NamesmithError: a server would refuse the call.
        """
        self._fail()
        if "model" in request.DESCRIPTOR.fields_by_name:
            self._find(request.model, one=isinstance(request, OF_ONE_MODEL))
        if type(request) not in self._answers:
            raise unimplemented(request.DESCRIPTOR.full_name)
        return self._signed(self._answers[type(request)](request))

    def stream(self, request: names_pb2.StreamNamesRequest) -> Iterator[Any]:
        """Answer a call for a stream of names.

        Raises:
            NamesmithError: a server would refuse the call.
        """
        self._fail()
        self._find(request.model)
        _names.check_drawn(request)
        return map(self._signed, _names.drawn_chunks(request, _names.CHUNK))

    def read(self, messages: Iterable[names_pb2.EvaluateNamesRequest]) -> Any:  # noqa: ANN401 - of protobuf
        """Answer a call that uploads names.

        Raises:
            NamesmithError: a server would refuse the call.
        """
        self._fail()
        names: list[str] = []
        for i, message in enumerate(messages):
            if i == 0:
                self._find(message.model)
            if message.names:
                check_names(list(message.names), len(names))
                names += message.names
        if not names:
            raise invalid_field("names", "0 names, at least 1 must be sent")
        return self._signed(names_pb2.EvaluateNamesResponse(**_loss(names), **ORIGIN))

    def _fail(self) -> None:
        """Raise the next of the failures, if there is one."""
        for failure in self._failures:
            raise failure

    def _find(self, asked: names_pb2.ModelRef, *, one: bool = False) -> None:
        """Refuse a call of another model than the fake's.

        Args:
            asked: the model; a blend of the fake's model alone is the model.
            one: whether the call is about one model, and refuses a blend.
        """
        if is_blend(asked.name) and one:
            raise invalid_field("model.name", f"{shown(asked.name)} {ONE_MODEL}")
        if is_blend(asked.name):
            check_blend(asked, self._model, 1)
            return
        if asked.name not in {"", self._model}:
            raise unknown_model(asked.name, self._model)
        if asked.version and asked.label:
            both = f"{asked.version} and label {shown(asked.label)}: one of them is allowed"
            raise invalid_field("model.version", both)
        if asked.version < 0:
            raise invalid_field("model.version", f"{asked.version} is below 1")
        if asked.label:
            raise unknown_label(self._model, asked.label)
        if asked.version > 1:
            raise unknown_version(self._model, asked.version, 1)

    def _signed(self, response: Any) -> Any:  # noqa: ANN401 - of protobuf
        """Return a response with the model that answered, where it has the fields."""
        known = response.DESCRIPTOR.fields_by_name
        if "model" in known and "version" in known:
            response.model, response.version = self._model, 1
        return response

    def _generate(self, request: names_pb2.GenerateNamesRequest) -> names_pb2.GenerateNamesResponse:
        _names.check_drawn(request)
        (chunk,) = _names.drawn_chunks(request, request.count)
        return names_pb2.GenerateNamesResponse.FromString(chunk.SerializeToString())

    @staticmethod
    def _name_keys(request: names_pb2.NameKeysRequest) -> names_pb2.NameKeysResponse:
        return _unique.name_numbers(request) if request.unique else _keys.name_keys(request)

    @staticmethod
    def _score(request: names_pb2.ScoreNamesRequest) -> names_pb2.ScoreNamesResponse:
        check_names(list(request.names))
        asked = request.with_plausibility
        scores = [
            names_pb2.NameScore(
                log_prob=log_prob(name),
                character_log_probs=symbol_log_probs(name) if request.per_character else (),
                plausibility=plausibility(name) if asked else None,
            )
            for name in request.names
        ]
        return names_pb2.ScoreNamesResponse(
            scores=scores, plausibility_resolution=RESOLUTION if asked else None
        )

    def _evaluate(self, request: names_pb2.EvaluateSplitRequest) -> names_pb2.EvaluateSplitResponse:
        if request.split not in SPLITS:
            raise unknown_split(request.split, tuple(SPLITS))
        names = SPLITS[request.split]
        unseen = [name for name in names if name not in TRAIN]
        response = names_pb2.EvaluateSplitResponse(
            **_loss(names),
            **ORIGIN,
            split=request.split,
            data_sha256=_model.manifest(self._model).data.sha256,
            seen=_model.partial_loss([name for name in names if name in TRAIN]),
            unseen=_model.partial_loss(unseen),
        )
        if len(unseen) == len(names):
            free = math.log1p(-_model.training_probability()) * len(names)
            response.novel_loss = response.loss + free / response.symbols
        return response

    def _list(self, request: models_pb2.ListModelsRequest) -> models_pb2.ListModelsResponse:
        check_filter(request)
        is_asked_for = not request.data_labels and not request.licence  # the fake's data has none
        return models_pb2.ListModelsResponse(models=[self._own()] if is_asked_for else [])

    def _own(self) -> models_pb2.Model:
        return models_pb2.Model(
            name=self._model,
            version=1,
            default=True,
            manifest=_model.manifest(self._model),
            served_versions=[1],
            **ORIGIN,
        )

    @staticmethod
    def _server(_: server_pb2.GetServerRequest) -> server_pb2.GetServerResponse:
        return server_pb2.GetServerResponse(
            version=VERSION,
            max_symbols=limits.DEFAULT_MAX_SYMBOLS,
            max_names=MAX_NAMES,
            max_message_bytes=limits.MAX_MESSAGE_BYTES,
            excludes_sha256=sha256_of_texts(()),
        )

    def _health(self, request: health_pb2.HealthCheckRequest) -> health_pb2.HealthCheckResponse:
        if request.service not in {*HEALTHY, self._model}:
            raise unknown_service(request.service)
        return health_pb2.HealthCheckResponse(status=health_pb2.HealthCheckResponse.SERVING)


def _loss(names: Iterable[str]) -> dict[str, Any]:
    """Return the fields that the responses of both evaluations share."""
    names = tuple(names)
    loss = _model.mean_loss(names)
    return {
        "loss": loss,
        "perplexity": math.exp(loss),
        "bits_per_character": loss / math.log(2),
        "names": len(names),
        "symbols": _model.symbols(names),
    }
