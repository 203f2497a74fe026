"""NAME.evaluate: the loss of a split, or of names."""

from collections.abc import AsyncIterator

from google.protobuf.message import Message

from namesmith import limits
from namesmith.v1 import names_pb2 as pb
from namesmith_server.grpc.cancellation import Context
from namesmith_server.grpc.errors import InvalidArgumentError, Violation
from namesmith_server.grpc.handlers import NameService
from namesmith_server.grpc.oip.inputs import Input
from namesmith_server.grpc.oip.jobs.job import Asked, Job
from namesmith_server.grpc.oip.outputs import Answer, Output


class Evaluate(Job):
    """Computes a loss."""

    suffix = "evaluate"
    inputs = (
        Input("split", "BYTES"),
        Input("names", "BYTES", most=limits.MAX_SCORED_NAMES),
    )
    outputs = (
        Output("loss", "FP64", 1),
        Output("perplexity", "FP64", 1),
        Output("bits_per_character", "FP64", 1),
        Output("names", "INT64", 1),
        Output("symbols", "INT64", 1),
    )

    async def ask(self, names: NameService, asked: Asked, context: Context) -> Message:
        """Ask for the loss."""
        if len(asked.given) != 1:
            given = " and ".join(asked.given) or "nothing"
            told = f"{given} is given, either split or names is needed"
            raise InvalidArgumentError([Violation("inputs", told)])
        if "split" in asked.given:
            split = pb.EvaluateSplitRequest(model=asked.model)
            self.fill(split, asked.given)
            return await names.EvaluateSplit(split, context)
        request = pb.EvaluateNamesRequest(model=asked.model)
        self.fill(request, asked.given)
        return await names.EvaluateNames(_sent(request), context)

    def answer(self, response: bytes | Message) -> Answer:
        """Convert a response of EvaluateSplit or EvaluateNames."""
        assert isinstance(response, pb.EvaluateSplitResponse | pb.EvaluateNamesResponse)  # noqa: S101 - of ``ask``
        elements = {one.name: [getattr(response, one.name)] for one in self.outputs}
        return Answer(response.version, elements)


async def _sent(request: pb.EvaluateNamesRequest) -> AsyncIterator[pb.EvaluateNamesRequest]:
    """Yield the only message of a call."""
    yield request
