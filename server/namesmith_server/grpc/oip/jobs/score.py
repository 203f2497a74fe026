"""NAME.score: the log-probabilities of names, and how plausible they are."""

from collections.abc import Sequence

from google.protobuf.message import Message

from namesmith import limits
from namesmith.v1 import names_pb2 as pb
from namesmith_server.grpc.cancellation import Context
from namesmith_server.grpc.handlers import NameService
from namesmith_server.grpc.oip.inputs import Input
from namesmith_server.grpc.oip.jobs.job import Asked, Job
from namesmith_server.grpc.oip.outputs import Answer, Output


class Score(Job):
    """Scores names; the values of the characters of all names stand one after the other."""

    suffix = "score"
    inputs = (Input("names", "BYTES", most=limits.MAX_SCORED_NAMES),)
    outputs = (
        Output("log_probs", "FP64"),
        Output("character_log_probs", "FP32", by_default=False),
        Output("lengths", "INT32", by_default=False),
        Output("plausibilities", "FP64", by_default=False),
    )

    async def ask(self, names: NameService, asked: Asked, context: Context) -> bytes:
        """Ask for the scores."""
        per_character = asked.wants("character_log_probs", "lengths")
        request = pb.ScoreNamesRequest(
            model=asked.model,
            per_character=per_character,
            with_plausibility=asked.wants("plausibilities"),
        )
        self.fill(request, asked.given)
        return await names.ScoreNames(request, context)

    def answer(self, response: bytes | Message) -> Answer:
        """Convert a response of ScoreNames."""
        assert isinstance(response, bytes)  # noqa: S101 - of ``ask``
        scored = pb.ScoreNamesResponse.FromString(response)
        characters = [score.character_log_probs for score in scored.scores]
        elements: dict[str, Sequence[float]] = {
            "log_probs": [score.log_prob for score in scored.scores],
            "character_log_probs": [value for values in characters for value in values],
            "lengths": [len(values) for values in characters],
            "plausibilities": [score.plausibility for score in scored.scores],
        }
        return Answer(scored.version, elements)
