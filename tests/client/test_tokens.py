"""Tokens of the client: where they come from, and where they are sent."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme
from click.testing import CliRunner

from certificates import NAME, write_pair
from namesmith_client import TLS, AsyncClient, Client, Token
from namesmith_client.cli.main import namesmith
from processes import running
from tokens import write_tokens

AUTHORITY = trustme.CA()

TLS_RULES = TLS(AUTHORITY.cert_pem.bytes(), NAME)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Provide the address of a server that knows the token s3cret."""
    path = write_tokens(tmp_path_factory.mktemp("tokens") / "tokens", alice="s3cret")
    with running("--tokens-file", path) as process:
        yield process.address


@pytest.mark.parametrize("kind", [Client, AsyncClient])
@pytest.mark.parametrize("address", ["names.example:50051", "10.0.0.1:1", "dns:///a.example:1"])
def test_a_token_leaves_the_machine_encrypted_or_by_permission_alone(
    kind: Any, address: str
) -> None:
    """The refusal repeats nothing of the token."""
    with pytest.raises(ValueError, match=r"token: would be sent to .* unencrypted") as caught:
        kind(address, token="s3cret")
    assert "s3cret" not in str(caught.value)
    assert kind(address, token="s3cret", tls=TLS_RULES).is_private
    assert not kind(address).is_private
    kind(address, token=Token("s3cret", send_unencrypted=True))


@pytest.mark.parametrize("key", ["authorization", "Authorization"])
def test_a_token_in_metadata_has_the_rule_of_tokens(key: str) -> None:
    """At construction, of a view and of a call; TLS, this machine and permission admit it."""
    address, secret = "names.example:1", {key: "Bearer s3cret"}
    told = "metadata: authorization: would be sent to names.example:1 unencrypted"
    with Client(address) as client:
        for refused in (
            lambda: Client(address, metadata=secret),
            lambda: AsyncClient(address, metadata=secret),
            lambda: client.with_options(metadata=secret),
            lambda: client.generate(1, metadata=secret),
            lambda: client.stream(1, metadata=secret),
            lambda: client.evaluate_names(["anna"], metadata=secret),
        ):
            with pytest.raises(ValueError, match=told) as caught:
                refused()
            assert "s3cret" not in str(caught.value)
    Client(address, metadata=secret, tls=TLS_RULES).close()
    Client("localhost:1", metadata=secret).close()
    with Client(address, token=Token("s3cret", send_unencrypted=True)) as allowed:
        allowed.with_options(metadata=secret)


@pytest.mark.parametrize(
    "address", ["localhost:1", "127.0.0.1:1", "[::1]:1", "ipv6:%5B::1%5D:1", "unix:/run/a.sock"]
)
def test_a_token_stays_on_the_machine(address: str) -> None:
    """Loopback and sockets need no encryption."""
    Client(address, token="s3cret").close()


@pytest.mark.parametrize("value", ["", "a b", "a\n", "é", "x" * 1_001])
def test_a_malformed_token_is_refused(value: str) -> None:
    """The message repeats nothing of it."""
    with pytest.raises(ValueError, match="token: ") as caught:
        Token(value)
    assert value == "" or value not in str(caught.value)
    with pytest.raises(TypeError, match="token: bytes, a string is expected"):
        Token(b"s3cret")  # type: ignore[arg-type]


def test_secrets_are_not_in_reprs() -> None:
    """Neither a token nor a private key."""
    assert "s3cret" not in repr(Token("s3cret"))
    key = AUTHORITY.issue_cert(NAME)
    chain = key.cert_chain_pems[0].bytes()
    assert "PRIVATE KEY" not in repr(TLS(None, None, chain, key.private_key_pem.bytes()))


def test_a_token_is_sent_over_tls(tmp_path: Path) -> None:
    """Encrypted calls show it as others do."""
    pair = write_pair(tmp_path, AUTHORITY.issue_cert(NAME))
    path = write_tokens(tmp_path / "tokens", alice="s3cret")
    with (
        running(*pair, "--tokens-file", path) as process,
        Client(process.address, tls=TLS_RULES, token="s3cret") as client,
    ):
        assert len(client.generate(3).names) == 3


def test_a_command_takes_the_token_of_a_file_or_a_variable(server: str, tmp_path: Path) -> None:
    """The file wins; white space around the token is left out; without it the call fails."""
    path = tmp_path / "token"
    path.write_text("s3cret\n")

    def run(*options: str, **variables: str) -> Any:
        arguments = ["--address", server, *options, "generate", "--count", "3"]
        return CliRunner().invoke(namesmith, arguments, env=variables)

    for good in (
        run("--token-file", str(path)),
        run(NAMESMITH_TOKEN_FILE=str(path)),
        run(NAMESMITH_TOKEN=" s3cret\n"),
        run("--token-file", str(path), NAMESMITH_TOKEN="wrong"),
    ):
        assert (good.exit_code, len(good.output.split())) == (0, 3), good.output
    for bad in (run(), run(NAMESMITH_TOKEN="wrong"), run(NAMESMITH_TOKEN="")):
        assert bad.exit_code == 1
        assert "authorization: a valid bearer token is needed" in bad.output
        assert "wrong" not in bad.output
    assert run(NAMESMITH_TOKEN="a b").exit_code == 2
    assert run("--token-file", str(tmp_path / "none")).exit_code == 2
