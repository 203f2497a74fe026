"""Secrets of the server: the same names on every server, and no secret where anybody reads."""

import json
import os
import signal
from pathlib import Path

import pytest

from namesmith_client import Client, InvalidArgumentError
from processes import refused, running

SECRET = b"correct horse battery"

KEYS = [f"user{i}" for i in range(300)]


@pytest.fixture
def secret_file(tmp_path: Path) -> Path:
    """Provide a file with the secret."""
    path = tmp_path / "secret"
    path.write_bytes(SECRET + b"\n")
    return path


def test_servers_name_keys_alike(secret_file: Path) -> None:
    """A named secret, with workers and after a restart, gives the names of the same bytes.

    A refusal, and every line of the log at its lowest level, shows neither secret nor key.
    """
    options = ("--key-secret", f"hr={secret_file}", "--log-level", "debug")
    found = set()
    for more in ((), ("--workers", "2", "--access-log-sample", "1")):
        with running(*options, *more) as server, Client(server.address) as client:
            found.add(client.name_keys(KEYS, secret_name="hr").names)
            found.add(client.name_keys(KEYS, secret=SECRET).names)
            with pytest.raises(InvalidArgumentError) as caught:
                client.name_keys(["user1"], secret_name=SECRET.decode())
            assert "correct" not in str(caught.value)
            with pytest.raises(InvalidArgumentError) as caught:
                client.name_keys(["user1" * 300], secret=SECRET)
            assert not {"correct", "user1"} & set(str(caught.value).split())
            server.process.terminate()
            log = json.dumps([*server.log, *server.events(())])
        assert "correct" not in log
        assert "user1" not in log
    assert len(found) == 1


@pytest.mark.slow
def test_a_worker_that_starts_later_has_the_secrets_of_the_start(secret_file: Path) -> None:
    """A file that changed meanwhile changes no name before the server is started again."""
    options = ("--key-secret", f"hr={secret_file}", "--workers", "2")
    with running(*options) as server, Client(server.address) as client:
        before = client.name_keys(KEYS, secret_name="hr").names
        secret_file.write_bytes(b"another secret of 24 bytes")
        lost = next(event["pid"] for event in server.log if event["event"] == "worker serving")
        os.kill(lost, signal.SIGKILL)
        for event in server.events():
            if event["event"] == "worker serving":
                break
        for _ in range(8):
            with Client(server.address) as other:
                assert other.name_keys(KEYS, secret_name="hr").names == before


@pytest.mark.parametrize(
    ("content", "told"),
    [(b"short", "5 bytes, a secret has at least 16"), (None, "No such file or directory")],
)
@pytest.mark.parametrize("workers", ["1", pytest.param("2", marks=pytest.mark.slow)])
def test_a_server_without_its_secret_does_not_start(
    tmp_path: Path, content: bytes | None, told: str, workers: str
) -> None:
    """The one line names the file and the fault, and shows no content."""
    path = tmp_path / "secret"
    if content is not None:
        path.write_bytes(content)
    ended = refused("--key-secret", f"hr={path}", "--workers", workers)
    assert ended.returncode == 1
    (line,) = ended.stderr.splitlines()
    assert line == f"namesmith-server: {path}: {told}"
