"""A real server, whose log is read as it is written."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from processes import ServerProcess, running

LEVELS = frozenset({"DEBUG", "INFO", "WARNING"})
"""Levels of a log in which nothing has broken."""


class WatchedServer:
    """A server process whose log is read as it is written, and a channel to it."""

    def __init__(self, server: ServerProcess) -> None:
        self.address = server.address
        self.channel = grpc.insecure_channel(server.address)
        self.lines: list[str] = []
        self._process = server.process
        self._health = health_pb2_grpc.HealthStub(self.channel)
        self._reader = Thread(target=self._read, daemon=True)
        self._reader.start()

    @classmethod
    @contextmanager
    def running(cls, *options: str | Path) -> Iterator["WatchedServer"]:
        """Provide a server that serves; at its end every line of its log is checked."""
        with running(*options) as server:
            watched = cls(server)
            with watched.channel:
                yield watched
            server.process.terminate()
            assert server.process.wait(60) == 0
        watched._reader.join()
        watched.check_log()

    def check(self) -> None:
        """Hold the server to be alive, healthy, and to have logged no failure."""
        assert self._process.poll() is None, "the server has ended"
        answer = self._health.Check(health_pb2.HealthCheckRequest(), timeout=30)
        assert answer.status == health_pb2.HealthCheckResponse.SERVING
        self.check_log()

    def check_log(self) -> None:
        """Hold every line so far to be an event, and none to tell of an exception."""
        for line in self.lines:
            event = json.loads(line)
            assert event["level"] in LEVELS, line
            assert "Traceback" not in line, line

    def _read(self) -> None:
        assert self._process.stderr is not None
        for line in self._process.stderr:
            self.lines.append(line)
