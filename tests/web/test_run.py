"""The front as a process: with a server beside it, and before one that asks for tokens."""

import signal
import socket
from pathlib import Path

import pytest

from asking import NAMES, WEB, asked
from processes import refused, running
from tokens import write_tokens

DRAW = NAMES + "GenerateNames"


def test_a_server_beside_begins_and_ends_with_the_front() -> None:
    """With --with-server the embedded models answer, and SIGTERM ends both programs."""
    with running("--with-server", program=WEB) as front:  # the server's lines are passed on
        front.log.append(next(one for one in front.events() if "grpc_server" in one))
        assert asked(front, "/healthz", method="GET")[0] == 200
        _, _, answer = asked(front, "/namesmith.v1.ModelService/ListModels", {})
        assert {one["name"] for one in answer["models"]} == {"us-names", "us-names-distilled"}
        served = front.log[-1]["grpc_server"].split(":")
        front.process.send_signal(signal.SIGTERM)
        assert front.process.wait(30) == 0
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((served[0], int(served[1])))


def test_tokens_are_checked_by_the_server(tmp_path: Path) -> None:
    """A token goes through unchanged; a call without one is 401, as Connect's error."""
    tokens = write_tokens(tmp_path / "tokens", someone="open-sesame")
    with (
        running("--tokens-file", tokens) as server,
        running("--server", server.address, program=WEB) as front,
    ):
        status, _, answer = asked(front, DRAW, {"count": 1})
        assert (status, answer["code"]) == (401, "unauthenticated")
        assert asked(front, DRAW, {"count": 1}, authorization="Bearer open-sesame")[0] == 200


def test_an_address_that_is_taken_is_told() -> None:
    """The start ends with status 1 and one line that says which address is wrong, and why."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        ended = refused("--address", address, program=WEB)
    assert ended.returncode == 1
    assert ended.stderr == f"namesmith-web: --address {address}: Address already in use\n"
