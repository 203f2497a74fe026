"""A hostile client: gRPC by the frame over a plain socket, for all that no gRPC library would send.

    with connect(server.address) as attacker:
        stream = attacker.call("namesmith.v1.NameService/ScoreNames")
        attacker.send(stream, message(half, declared=8 << 20))  # and never the rest
        assert not attacker.wait(lambda: attacker.answers[stream].ended, seconds=1)

A connection reads and writes only inside its own methods; a client that reads nothing is one whose
methods nobody calls, or one opened with ``grants=False``, which never opens its windows again.
Every method that waits has a bound in seconds. Knows HTTP/2 and gRPC, and no message of the
project.
"""

from hostile.answer import Answer
from hostile.connection import LARGEST_WINDOW, Connection
from hostile.frames import (
    CONTINUATION,
    DATA,
    GOAWAY,
    HEADERS,
    PING,
    PREFACE,
    PRIORITY,
    PUSH_PROMISE,
    RST_STREAM,
    SETTINGS,
    WINDOW_UPDATE,
    frame,
    message,
    zipped_message,
)
from hostile.sockets import WAIT, exchange, idle_connections

connect = Connection

__all__ = [
    "CONTINUATION",
    "DATA",
    "GOAWAY",
    "HEADERS",
    "LARGEST_WINDOW",
    "PING",
    "PREFACE",
    "PRIORITY",
    "PUSH_PROMISE",
    "RST_STREAM",
    "SETTINGS",
    "WAIT",
    "WINDOW_UPDATE",
    "Answer",
    "Connection",
    "connect",
    "exchange",
    "frame",
    "idle_connections",
    "message",
    "zipped_message",
]
