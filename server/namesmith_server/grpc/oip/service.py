"""GRPCInferenceService: each handler asks NameService, and converts what it is told."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from concurrent.futures import Executor
from contextlib import aclosing
from typing import TypeVar

import grpc
from google.protobuf.message import Message

from namesmith_server.engine import Admission, shown
from namesmith_server.grpc.blends import Blends, Mixture
from namesmith_server.grpc.call_record import current_record, holder
from namesmith_server.grpc.cancellation import Context
from namesmith_server.grpc.catalog import Catalog
from namesmith_server.grpc.errors import (
    InvalidArgumentError,
    NotReadyError,
    UnknownModelError,
    UnknownVersionError,
    Violation,
)
from namesmith_server.grpc.handlers import HealthService, NameService
from namesmith_server.grpc.oip import describing, inference_pb2_grpc
from namesmith_server.grpc.oip import inference_pb2 as pb
from namesmith_server.grpc.oip.errors import told_by_inputs
from namesmith_server.grpc.oip.inputs import read_inputs
from namesmith_server.grpc.oip.jobs import JOBS, Asked
from namesmith_server.grpc.oip.outputs import infer_response, set_parameter, wanted_outputs
from namesmith_server.grpc.oip.target import Target, target_of
from namesmith_server.grpc.status import status_of

MAX_INLINE_BYTES = 16 << 10
"""Size of the largest request or response that is converted on the event loop: some 0.5 ms."""

MAX_IDENTIFIER = 1_024
"""Largest number of characters of the identifier of a request, which every response repeats."""

FINAL = "triton_final_response"
"""Parameter of the responses of a stream: whether a response is the last of its request."""

T = TypeVar("T")


class InferenceService(inference_pb2_grpc.GRPCInferenceServiceServicer):
    """The models of a catalog, for clients of the Open Inference Protocol."""

    def __init__(  # noqa: PLR0913, PLR0917 - the parts of the service
        self,
        names: NameService,
        catalog: Catalog,
        blends: Blends,
        health: HealthService,
        admission: Admission,
        executor: Executor,
    ) -> None:
        """Set the parts of the service.

        Args:
            names: service that answers.
            catalog: models that it asks.
            blends: blends of these models, and the models.
            health: service that knows which models answer calls.
            admission: bound on the names in work, which is that of ``names``.
            executor: thread that converts long requests and responses, one after the other.
        """
        self._names = names
        self._catalog = catalog
        self._blends = blends
        self._health = health
        self._admission = admission
        self._executor = executor

    async def ServerLive(  # noqa: N802 - the protocol's name
        self, _message: pb.ServerLiveRequest, _context: Context
    ) -> pb.ServerLiveResponse:
        """Answer that the server runs."""
        return pb.ServerLiveResponse(live=True)

    async def ServerReady(  # noqa: N802 - the protocol's name
        self, _message: pb.ServerReadyRequest, _context: Context
    ) -> pb.ServerReadyResponse:
        """Answer whether the server is SERVING in health."""
        return pb.ServerReadyResponse(ready=self._health.is_serving(""))

    async def ModelReady(  # noqa: N802 - the protocol's name
        self, message: pb.ModelReadyRequest, _context: Context
    ) -> pb.ModelReadyResponse:
        """Answer whether a model is SERVING in health; one that is unknown or impossible is not."""
        try:
            asked = self._blends.resolve(self._target(message.name, message.version).model)
        except (NotReadyError, UnknownModelError, UnknownVersionError, InvalidArgumentError):
            return pb.ModelReadyResponse(ready=False)
        parts = asked.parts if isinstance(asked, Mixture) else (asked,)
        ready = all(self._health.is_serving(part.name) for part in parts)
        return pb.ModelReadyResponse(ready=ready)

    async def ServerMetadata(  # noqa: N802 - the protocol's name
        self, _message: pb.ServerMetadataRequest, _context: Context
    ) -> pb.ServerMetadataResponse:
        """Describe the server."""
        return describing.server_metadata()

    async def ModelMetadata(  # noqa: N802 - the protocol's name
        self, message: pb.ModelMetadataRequest, _context: Context
    ) -> pb.ModelMetadataResponse:
        """Describe the tensors of a model."""
        with told_by_inputs():
            target = self._target(message.name, message.version)
            asked = self._blends.resolve(target.model)
        versions = self._catalog.versions(asked.name).all
        return describing.model_metadata(asked, versions, target.job)

    async def ModelConfig(  # noqa: N802 - the protocol's name
        self, message: pb.ModelConfigRequest, _context: Context
    ) -> pb.ModelConfigResponse:
        """Describe a model as Triton would configure it."""
        with told_by_inputs():
            target = self._target(message.name, message.version)
            asked = self._blends.resolve(target.model)
        return pb.ModelConfigResponse(config=describing.model_config(asked, target.job))

    async def ModelStatistics(  # noqa: N802 - the protocol's name
        self, message: pb.ModelStatisticsRequest, _context: Context
    ) -> pb.ModelStatisticsResponse:
        """Answer an entry without figures for each version; the metrics have the figures."""
        if not message.name:
            every = describing.statistics(self._catalog.all(), JOBS)
            return pb.ModelStatisticsResponse(model_stats=every)
        with told_by_inputs():
            target = self._target(message.name, message.version)
            served = self._catalog.get(target.model)
        versions = [served] if message.version else self._catalog.versions(served.name).all
        of_one = describing.statistics(versions, [target.job])
        return pb.ModelStatisticsResponse(model_stats=of_one)

    async def RepositoryIndex(  # noqa: N802 - the protocol's name
        self, message: pb.RepositoryIndexRequest, _context: Context
    ) -> pb.RepositoryIndexResponse:
        """List the models."""
        if message.repository_name:
            told = f"{shown(message.repository_name)} is unknown, the only one has no name"
            raise InvalidArgumentError([Violation("repository_name", told)])
        entries = describing.index(self._catalog.all(), self._health.models, ready=message.ready)
        return pb.RepositoryIndexResponse(models=entries)

    async def ModelInfer(  # noqa: N802 - the protocol's name
        self, message: pb.ModelInferRequest, context: Context
    ) -> pb.ModelInferResponse:
        """Answer a request with one response."""
        with told_by_inputs():
            target, asked = await self._read(message)
            response = await target.job.ask(self._names, asked, context)
            if _size(response) <= MAX_INLINE_BYTES:
                return await self._converted(message, target, asked, response)
            # Taken in the moment in which NameService gives it back: the names stay in work.
            names = len(asked.given.get("names", ())) or current_record().names
            with self._admission.admit(names, holder(context)):
                return await self._converted(message, target, asked, response)

    async def ModelStreamInfer(  # noqa: N802 - the protocol's name
        self, messages: AsyncIterator[pb.ModelInferRequest], context: Context
    ) -> AsyncIterator[pb.ModelStreamInferResponse]:
        """Answer the requests of a stream, one after the other; an error ends its request alone."""
        async for message in messages:
            answers = self._answers(message, context)
            async with aclosing(answers):
                try:
                    async for answer in answers:
                        yield pb.ModelStreamInferResponse(infer_response=answer)
                except Exception as error:
                    code, status = status_of(error)
                    if code is grpc.StatusCode.INTERNAL or isinstance(error, grpc.aio.BaseError):
                        raise
                    failed = pb.ModelInferResponse(
                        model_name=message.model_name,
                        model_version=message.model_version,
                        id=message.id,
                    )
                    set_parameter(failed, FINAL, value=True)
                    yield pb.ModelStreamInferResponse(
                        error_message=status.message, infer_response=failed
                    )

    async def _answers(
        self, message: pb.ModelInferRequest, context: Context
    ) -> AsyncGenerator[pb.ModelInferResponse, None]:
        """Yield the responses of a request of a stream, each of which tells whether it is last."""
        with told_by_inputs():
            target, asked = await self._read(message)
            responses = target.job.stream(self._names, asked, context)
            async with aclosing(responses):
                held = await anext(responses)  # until it is known whether another one follows
                async for response in responses:
                    answer = await self._converted(message, target, asked, held)
                    set_parameter(answer, FINAL, value=False)
                    yield answer
                    held = response
            answer = await self._converted(message, target, asked, held)
            set_parameter(answer, FINAL, value=True)
            yield answer

    def _target(self, name: str, version: str) -> Target:
        return target_of(self._catalog, name, version)

    async def _read(self, message: pb.ModelInferRequest) -> tuple[Target, Asked]:
        """Return the target of a request, and what it asks."""
        if len(message.id) > MAX_IDENTIFIER:
            told = f"{len(message.id)} characters, at most {MAX_IDENTIFIER} are allowed"
            raise InvalidArgumentError([Violation("id", told)])
        target = self._target(message.model_name, message.model_version)
        self._blends.resolve(target.model)  # a model that is unknown has no inputs to be wrong

        def read() -> Asked:
            given = read_inputs(message, target.job.inputs)
            return Asked(target.model, given, wanted_outputs(message, target.job.outputs))

        return target, await self._run(message.ByteSize(), read)

    async def _converted(
        self, message: pb.ModelInferRequest, target: Target, asked: Asked, response: bytes | Message
    ) -> pb.ModelInferResponse:
        """Convert a response of NameService."""
        size = _size(response)
        job, name, identifier = target.job, message.model_name, message.id
        return await self._run(
            size, lambda: infer_response(name, identifier, job.answer(response), asked.wanted)
        )

    async def _run(self, size: int, work: Callable[[], T]) -> T:
        """Do work on so many bytes, off the event loop where they are many."""
        if size <= MAX_INLINE_BYTES:
            return work()
        return await asyncio.get_running_loop().run_in_executor(self._executor, work)


def _size(response: bytes | Message) -> int:
    """Return the size of a response of NameService in bytes; 0 of one that is always short."""
    return len(response) if isinstance(response, bytes) else 0
