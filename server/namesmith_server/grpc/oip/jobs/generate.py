"""NAME: names that the model generates."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any, cast

from google.protobuf.message import Message

from namesmith import limits
from namesmith.v1 import names_pb2 as pb
from namesmith_server.grpc.cancellation import Context
from namesmith_server.grpc.handlers import NameService
from namesmith_server.grpc.oip.inputs import Input
from namesmith_server.grpc.oip.jobs.job import Asked, Job
from namesmith_server.grpc.oip.outputs import Answer, Output


class Generate(Job):
    """Draws names; a stream has a response for each chunk of them."""

    suffix = ""
    inputs = (
        Input("count", "INT32"),
        Input("seed", "UINT64"),
        Input("temperature", "FP64", "sampling.temperature"),
        Input("top_k", "INT32", "sampling.top_k"),
        Input("top_p", "FP64", "sampling.top_p"),
        Input("min_p", "FP64", "sampling.min_p"),
        Input("prefix", "BYTES", "constraint.prefix"),
        Input("suffix", "BYTES", "constraint.suffix"),
        Input("contains", "BYTES", "constraint.contains"),
        Input("pattern", "BYTES", "constraint.pattern"),
        Input("min_length", "INT32", "constraint.min_length"),
        Input("max_length", "INT32", "constraint.max_length"),
        Input("forbidden", "BYTES", "constraint.forbidden", limits.MAX_FORBIDDEN_NAMES),
        Input("novel", "BOOL", "constraint.novel"),
        Input("min_distance", "INT32", "constraint.min_distance"),
        Input("excludes", "BYTES", "constraint.excludes", limits.MAX_EXCLUDED_TEXTS),
        Input("not_pattern", "BYTES", "constraint.not_pattern"),
        Input("starts_with_any", "BYTES", "constraint.starts_with_any", limits.MAX_ALTERNATIVES),
        Input("ends_with_any", "BYTES", "constraint.ends_with_any", limits.MAX_ALTERNATIVES),
        Input("distinct", "BOOL"),
        Input("first_row", "INT64"),
    )
    outputs = (
        Output("names", "BYTES"),
        Output("log_probs", "FP64", by_default=False),
        Output("seed", "UINT64", 1),
    )
    decoupled = True

    async def ask(self, names: NameService, asked: Asked, context: Context) -> bytes:
        """Ask for all names in one response."""
        request = pb.GenerateNamesRequest(
            model=asked.model, with_log_probs=asked.wants("log_probs")
        )
        self.fill(request, asked.given)
        return await names.GenerateNames(request, context)

    async def stream(
        self, names: NameService, asked: Asked, context: Context
    ) -> AsyncGenerator[bytes | Message, None]:
        """Ask for names in chunks."""
        request = pb.StreamNamesRequest(model=asked.model, with_log_probs=asked.wants("log_probs"))
        self.fill(request, asked.given)
        chunks = cast("AsyncGenerator[bytes, None]", names.StreamNames(request, context))
        async with aclosing(chunks):
            async for chunk in chunks:
                yield chunk

    def answer(self, response: bytes | Message) -> Answer:
        """Convert a response of GenerateNames, or of StreamNames, which has the same fields."""
        assert isinstance(response, bytes)  # noqa: S101 - of ``ask`` and ``stream``
        drawn = pb.GenerateNamesResponse.FromString(response)
        elements: dict[str, Any] = {
            "names": drawn.names,
            "log_probs": drawn.log_probs,
            "seed": [drawn.seed],
        }
        parameters: dict[str, bool | float] = {
            "exhausted": drawn.exhausted,
            "gave_up": drawn.gave_up,
        }
        if drawn.HasField("acceptance_rate"):
            parameters["acceptance_rate"] = drawn.acceptance_rate
        return Answer(drawn.version, elements, parameters)
