"""Traffic of plain gRPC clients that never try again: each answer must be of one version alone."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

import grpc

from lettered import LETTERS, letter_of
from namesmith.v1.names_pb2 import (
    EvaluateNamesRequest,
    GenerateNamesRequest,
    StreamNamesRequest,
)
from namesmith.v1.names_pb2_grpc import NameServiceStub

STREAMED = 2_500
"""Number of names of a stream: some chunks."""


class Traffic:
    """Clients, each in a thread with a connection of its own.

    Attributes:
        calls: number of calls that have ended.
        versions: versions that have answered.
        faults: each failed call, and each answer that mixes versions.
    """

    def __init__(self, address: str) -> None:
        self.calls = 0
        self.versions: set[int] = set()
        self.faults: list[str] = []
        self._address = address
        self._ending = threading.Event()

    def run(self) -> None:
        """Call until the traffic ends, and once more, so that the last call meets the end."""
        options = (("grpc.use_local_subchannel_pool", 1), ("grpc.enable_retries", 0))
        with grpc.insecure_channel(self._address, options) as channel:
            stub = NameServiceStub(channel)
            for turn in count():
                is_last = self._ending.is_set()
                try:
                    self._call(stub, turn)
                except grpc.RpcError as error:
                    self.faults.append(str(error))
                self.calls += 1
                if is_last:
                    return

    def end(self) -> None:
        """Have the clients end after the calls that they have begun."""
        self._ending.set()

    def _call(self, stub: NameServiceStub, turn: int) -> None:
        if turn % 10 == 8:
            self._evaluate(stub)
        elif turn % 10 == 9:
            for part in stub.StreamNames(StreamNamesRequest(count=STREAMED), timeout=60):
                self._check(part.version, part.names)
        else:
            answer = stub.GenerateNames(GenerateNamesRequest(count=20), timeout=60)
            self._check(answer.version, answer.names)

    def _evaluate(self, stub: NameServiceStub) -> None:
        """Ask for the loss of some messages: below 1, or above 20 of another letter."""
        letter = LETTERS[0]
        message = EvaluateNamesRequest(names=[3 * letter] * 10)
        answer = stub.EvaluateNames(iter([message] * 5), timeout=60)
        if (answer.loss < 1) != (letter_of(answer.version) == letter) or 1 < answer.loss < 20:
            self.faults.append(f"version {answer.version}: loss {answer.loss}")

    def _check(self, version: int, names: "list[str]") -> None:
        self.versions.add(version)
        others = set("".join(names)) - {letter_of(version)}
        if others or not names:
            self.faults.append(f"version {version}: {others} in {len(names)} names")


@contextmanager
def traffic(address: str, clients: int = 4) -> Iterator[Traffic]:
    """Provide traffic, which ends at the end of the block."""
    calls = Traffic(address)
    threads = [threading.Thread(target=calls.run) for _ in range(clients)]
    for thread in threads:
        thread.start()
    try:
        yield calls
    finally:
        calls.end()
        for thread in threads:
            thread.join()
