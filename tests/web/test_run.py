"""The front as a process: with a server beside it, and before one that asks for tokens."""

import signal
import socket
from pathlib import Path

import pytest
import trustme

from asking import NAMES, WEB, asked
from certificates import write_pair
from processes import refused, running
from tokens import write_tokens

DRAW = NAMES + "GenerateNames"

ELSEWHERE = "0.0.0.0"  # noqa: S104 - nothing listens there
"""An address that leads to this machine, and that no rule takes for a loopback's."""


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


def test_a_token_goes_to_another_machine_encrypted_or_by_permission_alone(tmp_path: Path) -> None:
    """Without TLS a call that shows a token is refused, and says why; others are answered."""
    tokens = write_tokens(tmp_path / "tokens", someone="open-sesame")
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "roots.pem")
    pair = write_pair(tmp_path, authority.issue_cert(ELSEWHERE))
    with running("--tokens-file", tokens) as plain, running("--tokens-file", tokens, *pair) as tls:
        for server, options, expected in (
            (plain, (), 403),
            (plain, ("--send-tokens-unencrypted",), 200),
            (tls, ("--tls-roots", tmp_path / "roots.pem"), 200),
        ):
            address = server.address.replace("127.0.0.1", ELSEWHERE)
            with running("--server", address, *options, program=WEB) as front:
                assert front.log[-1]["hands_tokens_on"] == (expected == 200)
                shown = asked(front, DRAW, {"count": 1}, authorization="Bearer open-sesame")
                assert shown[0] == expected
                assert expected == 200 or "--send-tokens-unencrypted" in shown[2]["message"]
                assert asked(front, "/healthz", method="GET")[0] == 200
                assert asked(front, DRAW, {"count": 1})[2]["code"] == "unauthenticated"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--server", "https://names.example"), "--server: address: https://names.example is a"),
        (("--tls-roots", __file__), "no PEM certificate in the file"),
    ],
    ids=["server", "roots"],
)
def test_a_server_that_cannot_be_called_is_told(options: tuple[str, ...], words: str) -> None:
    """An address or a file of authorities that is none ends the start with one line."""
    ended = refused(*options, program=WEB)
    assert ended.returncode == 1
    assert ended.stderr.startswith("namesmith-web: ")
    assert words in ended.stderr
    assert ended.stderr.count("\n") == 1


def test_an_address_that_is_taken_is_told() -> None:
    """The start ends with status 1 and one line that says which address is wrong, and why."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        ended = refused("--address", address, program=WEB)
    assert ended.returncode == 1
    assert ended.stderr == f"namesmith-web: --address {address}: Address already in use\n"
