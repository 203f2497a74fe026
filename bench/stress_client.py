"""A client of the mixed stress: sound calls, wrong ones, cancelled ones and hostile ones, for ever.

    python bench/stress_client.py ADDRESS SEED

Prints after each call a line of its method, status and reason, until killed. Needs tests/ in
PYTHONPATH, for the hostile client.
"""

import random
import sys
import time
from collections.abc import Callable, Iterator

import grpc
from google.protobuf.message import Message
from google.rpc import error_details_pb2
from google.rpc.status_pb2 import Status

from hostile import PING, Connection, connect, frame, message, zipped_message
from namesmith.v1 import models_pb2, names_pb2
from namesmith.v1 import names_pb2 as pb

SECONDS = 20.0
"""Deadline of a call, in seconds."""

NAMES = "namesmith.v1.NameService"
MODELS = "namesmith.v1.ModelService"
SOME = ["anna", "otto"]

CONSTRAINTS = [
    pb.Constraint(prefix=prefix, pattern=pattern, novel=novel)
    for prefix in ("", "ma", "k")
    for pattern in ("", ".*a", "[aeiou].*n|m.*")
    for novel in (False, True)
]
"""The constraints of all calls, few enough that every chain is kept after a while."""


class Caller:
    """Makes one call after another, of a kind that is drawn."""

    def __init__(self, address: str, seed: int) -> None:
        self._address = address
        self._channel = grpc.insecure_channel(address)
        self._draws = random.Random(seed)  # noqa: S311 - a load, not a secret

    def run(self) -> Iterator[str]:
        """Yield the outcome of each call, for ever."""
        acts: list[Callable[[], Iterator[str]]] = [self._sound, self._sound, self._sound]
        acts += [self._stream, self._wrong, self._late, self._hostile]
        while True:
            yield from self._draws.choice(acts)()

    def _sound(self) -> Iterator[str]:
        constraint = self._draws.choice(CONSTRAINTS)
        count = self._draws.choice((1, 1, 20, 500, 5_000))
        method, request = self._draws.choice([
            ("GenerateNames", pb.GenerateNamesRequest(count=count)),
            ("GenerateNames", pb.GenerateNamesRequest(count=count, with_log_probs=True)),
            ("GenerateNames", pb.GenerateNamesRequest(count=count, constraint=constraint)),
            ("GenerateNames", pb.GenerateNamesRequest(count=count, distinct=True)),
            ("ScoreNames", pb.ScoreNamesRequest(names=SOME * count, per_character=True)),
            ("EvaluateSplit", pb.EvaluateSplitRequest(split="val")),
            ("EvaluateNames", pb.EvaluateNamesRequest(names=SOME * count)),
            ("MeasureConstraint", pb.MeasureConstraintRequest(constraint=constraint, floor=-9)),
            ("ListTopNames", pb.ListTopNamesRequest(count=min(count, 100), constraint=constraint)),
        ])  # fmt: skip
        yield self._call(NAMES, method, request)
        yield self._call(MODELS, "DescribeModel", models_pb2.DescribeModelRequest())
        yield self._call(MODELS, "ListModels", models_pb2.ListModelsRequest())

    def _stream(self) -> Iterator[str]:
        """Read some of a stream, now and then slowly, and leave it."""
        distinct = self._draws.random() < 0.2
        request = pb.StreamNamesRequest(count=10**5 if distinct else 10**9, distinct=distinct)
        yield self._call(NAMES, "StreamNames", request, responses=self._draws.randrange(1, 5))

    def _wrong(self) -> Iterator[str]:
        """Send what must be refused."""
        method, raw = self._draws.choice([
            ("GenerateNames", pb.GenerateNamesRequest(count=-1).SerializeToString()),
            ("GenerateNames", self._draws.randbytes(20)),
            ("ScoreNames", b"\x12\x00" * 200_000),
            ("ScoreNames", pb.ScoreNamesRequest(names=["\u0301\u0323" * 500]).SerializeToString()),
            ("EvaluateSplit", pb.EvaluateSplitRequest(split="none").SerializeToString()),
            ("ListTopNames", b"\x10\x05\x22\x02\x0a\xff"),
        ])  # fmt: skip
        yield self._call(NAMES, method, raw)

    def _late(self) -> Iterator[str]:
        """Ask for much in little time."""
        request = pb.GenerateNamesRequest(count=60_000, constraint=self._draws.choice(CONSTRAINTS))
        yield self._call(NAMES, "GenerateNames", request, seconds=self._draws.choice((0.001, 0.02)))

    def _hostile(self) -> Iterator[str]:
        """Do on a connection of its own what no library does, and break it off."""
        act = self._draws.choice((_halves, _unread, _cancels, _zips, _pings))
        with connect(self._address, grants=act is not _unread) as attacker:
            act(attacker)
            attacker.abort()
        yield f"hostile {act.__name__}"

    def _call(
        self,
        service: str,
        method: str,
        request: Message | bytes,
        seconds: float = SECONDS,
        responses: int = 1,
    ) -> str:
        raw = request if isinstance(request, bytes) else request.SerializeToString()
        call = self._channel.stream_stream(f"/{service}/{method}")(iter([raw]), timeout=seconds)
        try:
            for number, _ in enumerate(call, 1):
                if method == "StreamNames" and number == responses:
                    call.cancel()
                    break
                time.sleep(self._draws.choice((0, 0, 0, 0.05)))
        except grpc.RpcError as error:
            return f"{method} {error.code().name} {_reason(error)}"
        return f"{method} OK"


def _reason(error: grpc.RpcError) -> str:
    """Return the reason of the error, or where it is the client's own deadline, that word."""
    trailing = dict(error.trailing_metadata() or ())
    info = error_details_pb2.ErrorInfo()
    for detail in Status.FromString(trailing.get("grpc-status-details-bin", b"")).details:
        if detail.Unpack(info):
            return info.reason
    return "its-own-clock" if error.code() is grpc.StatusCode.DEADLINE_EXCEEDED else "UNTYPED"


def _halves(attacker: Connection) -> None:
    stream = attacker.call(f"{NAMES}/ScoreNames")
    attacker.send(stream, message(b"x" * 50_000, declared=100_000))
    attacker.idle(0.1)


def _unread(attacker: Connection) -> None:
    raw = names_pb2.StreamNamesRequest(count=10**9).SerializeToString()
    for _ in range(5):
        attacker.call(f"{NAMES}/StreamNames", message(raw))
    attacker.idle(0.2)


def _cancels(attacker: Connection) -> None:
    raw = names_pb2.GenerateNamesRequest(count=5_000, distinct=True).SerializeToString()
    for stream in [attacker.call(f"{NAMES}/GenerateNames", message(raw)) for _ in range(20)]:
        if not attacker.answers[stream].ended:
            attacker.cancel(stream)


def _zips(attacker: Connection) -> None:
    for raw in (b"\x12\x00" * 100_000, b"", b"\xff"):
        attacker.call(f"{NAMES}/ScoreNames", zipped_message(raw), encoding="gzip")
    attacker.read_all(2)


def _pings(attacker: Connection) -> None:
    attacker.raw(frame(PING, payload=b"12345678") * 20)
    attacker.idle(0.1)


if __name__ == "__main__":
    for outcome in Caller(sys.argv[1], int(sys.argv[2])).run():
        print(outcome, flush=True)
