"""The interface of a job, and the conversion that all jobs share."""

from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Sequence
from typing import Any, ClassVar, NamedTuple

from google.protobuf.message import Message

from namesmith.v1.names_pb2 import ModelRef
from namesmith_server.grpc.cancellation import Context
from namesmith_server.grpc.handlers import NameService
from namesmith_server.grpc.oip.inputs import Given, Input
from namesmith_server.grpc.oip.outputs import Answer, Output


class Asked(NamedTuple):
    """A request to a job, read.

    Attributes:
        model: model that is asked.
        given: elements of the inputs.
        wanted: outputs that are wanted.
    """

    model: ModelRef
    given: Given
    wanted: tuple[Output, ...]

    def wants(self, *names: str) -> bool:
        """Tell whether one of some outputs is wanted."""
        return any(output.name in names for output in self.wanted)


class Job(ABC):
    """A job: it asks NameService, whose bounds, refusals and counts therefore hold.

    Attributes:
        suffix: end of the names of the models that stand for it; empty: it has none.
        inputs: inputs, all of which may be left out as far as the protocol knows.
        outputs: outputs.
        decoupled: whether a request of a stream may have several responses.
    """

    suffix: ClassVar[str]
    inputs: ClassVar[Sequence[Input]]
    outputs: ClassVar[Sequence[Output]]
    decoupled: ClassVar[bool] = False

    @abstractmethod
    async def ask(self, names: NameService, asked: Asked, context: Context) -> bytes | Message:
        """Ask for one response; raise what the handler raises."""

    @abstractmethod
    def answer(self, response: bytes | Message) -> Answer:
        """Convert a response of ``ask`` or ``stream``; takes up to some 100 ms."""

    async def stream(
        self, names: NameService, asked: Asked, context: Context
    ) -> AsyncGenerator[bytes | Message, None]:
        """Ask for a stream of responses, at least one; raise what the handler raises."""
        yield await self.ask(names, asked, context)

    def fill(self, message: Message, given: Given) -> None:
        """Set the fields of a request that inputs stand for."""
        for one in self.inputs:
            if one.name not in given:
                continue
            *parents, field = (one.field or one.name).split(".")
            parent: Any = message
            for name in parents:
                parent = getattr(parent, name)
            if one.most:
                getattr(parent, field).extend(given[one.name])
            else:
                setattr(parent, field, given[one.name][0])
