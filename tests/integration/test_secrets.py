"""Secrets of the server: the same names on every server, and no secret where anybody reads."""

import json
import os
import signal
from pathlib import Path

import pytest

from namesmith_client import Client, Constraint, InvalidArgumentError
from processes import refused, running

SECRET = b"correct horse battery"

KEYS = [f"user{i}" for i in range(300)]

SHORT = Constraint(max_length=5)
"""Names that are counted soon."""

SERVERS = (
    ("--drain-delay-seconds", "0"),
    ("--workers", "2", "--access-log-sample", "1", "--drain-delay-seconds", "0"),
)
"""Options of servers that differ in nothing that a name depends on."""

MORE_SERVERS = (
    ("--backend", "onnx", "--threads", "2"),
    ("--backend", "torchscript", "--workers", "2"),
    ("--backend", "onnx"),
)
"""Options of further servers, slow to start."""


@pytest.fixture
def secret_file(tmp_path: Path) -> Path:
    """Provide a file with the secret."""
    path = tmp_path / "secret"
    path.write_bytes(SECRET + b"\n")
    return path


def names_of(client: Client) -> set[tuple[str, ...]]:
    """Return the names of the keys, by the secret's name and by its bytes."""
    named = client.name_keys(KEYS, secret_name="hr"), client.name_keys(KEYS, secret=SECRET)
    return {one.names for one in named}


def test_servers_name_keys_alike(secret_file: Path) -> None:
    """Two servers, one of several workers, name keys and numbers alike.

    A refusal, and every line of the log at its lowest level, shows neither secret nor key.
    """
    found, unique = set(), set()
    for more in SERVERS:
        options = ("--key-secret", f"hr={secret_file}", "--log-level", "debug", *more)
        with running(*options) as server, Client(server.address) as client:
            found |= names_of(client)
            numbered = client.name_numbers(
                range(300), secret_name="hr", capacity=300, constraint=SHORT
            )
            unique.add(numbered.names)
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
    assert len(found) == len(unique) == 1


@pytest.mark.slow
@pytest.mark.parametrize("model", ["us-names", "us-names-distilled", "us-names-wavenet"])
def test_servers_of_every_backend_name_keys_alike(secret_file: Path, model: str) -> None:
    """A table, a chain and a network name them alike on every runtime, and after a restart."""
    found = set()
    for more in (*SERVERS, *MORE_SERVERS, *SERVERS, *MORE_SERVERS):
        options = ("--key-secret", f"hr={secret_file}", "--only", model, *more)
        with running(*options) as server, Client(server.address) as client:
            found |= names_of(client)
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
