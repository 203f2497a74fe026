"""The options that say which server is called, how, and the causes of failures that are told."""

import socket
from pathlib import Path

import pytest
import trustme

from certificates import NAME, write_pair
from fakes import Fake, serving
from processes import running
from terminal import answer, run


def test_headers_and_a_token_reach_the_server() -> None:
    """Each header is metadata of the call, and the token its authorization."""
    service = Fake()
    with serving(service) as address:
        options = ("--header", "x-team=a=b", "--header", "X-Raw-Bin=c", "--token", "s3cret")
        answer(address, "generate", *options)
    expected = {"x-team": "a=b", "x-raw-bin": b"c", "authorization": "Bearer s3cret"}
    assert expected.items() <= service.metadata.items()


def test_several_servers_share_the_calls(server: str) -> None:
    """Addresses have commas between them, and one that is away is left out."""
    assert len(answer(f"{server},127.0.0.1:1", "generate", "--count=3").split()) == 3


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--address", "http://a:1"), "--address: http://a:1 is a URL, host:port is expected"),
        (("--address", "https://a:1"), "--tls is its https://"),
        (("--header", "x"), "--header: x is not KEY=VALUE"),
        (("--header", "a b=s3cret"), "--header: key 'a b', 1 to 128 of"),
        (("--token", "a b"), "--token, --token-file: a character is not visible ASCII"),
        (("--token", "t", "--address", "a:1"), "unencrypted; --tls or --tls-roots is missing"),
        (
            ("--header", "authorization=s3cret", "--address", "a:1"),
            "--header: authorization: would be sent to a:1 unencrypted; --tls or --tls-roots is",
        ),
        (("--client-key", __file__), "--client-key: no PEM private key"),
    ],
)
def test_a_refusal_names_the_option(server: str, options: tuple[str, ...], message: str) -> None:
    """No argument of Python's is told, and no secret."""
    result = run(server, "health", *options)
    assert result.returncode == 2
    assert message in result.stderr
    assert "s3cret" not in result.stderr


def test_a_certificate_without_its_key_is_refused_by_the_options(
    server: str, tmp_path: Path
) -> None:
    """The message names both."""
    path = tmp_path / "certificate.pem"
    path.write_text("-----BEGIN CERTIFICATE-----")
    told = run(server, "health", "--client-certificate", str(path)).stderr
    assert "--client-certificate and --client-key: one goes with the other" in told


def test_a_short_timeout_does_not_hide_a_certificate_that_is_refused(tmp_path: Path) -> None:
    """The message says why the certificate is refused, and not that time is over."""
    pair = write_pair(tmp_path, trustme.CA().issue_cert(NAME))
    trustme.CA().cert_pem.write_to_path(tmp_path / "others.pem")
    with running(*pair) as server:
        options = ("--tls-roots", str(tmp_path / "others.pem"), "--timeout", "0.5")
        told = run(server.address, "generate", *options).stderr
    assert told.startswith(f"Error: {server.address}: its certificate is refused: ")


def test_a_proxy_that_takes_the_call_is_told(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The variable is named, without its value, and with a way out that works."""
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        monkeypatch.setenv("http_proxy", f"http://user:s3cret@127.0.0.1:{closed.getsockname()[1]}")
        for name in ("no_proxy", "no_grpc_proxy"):
            monkeypatch.delenv(name, raising=False)
        told = run(server, "health").stderr
        assert "the variable http_proxy sends the call through a proxy" in told
        assert "s3cret" not in told
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        assert answer(server, "health") == "SERVING\n"


def test_an_operator_without_an_admin_service_is_told_of_the_servers_option() -> None:
    """The message names the option that gives a server its admin service."""
    told = run("127.0.0.1:1", "admin", "versions", "--admin-address", "127.0.0.1:1").stderr
    assert "the server has an admin service where it is started with --admin-address" in told
