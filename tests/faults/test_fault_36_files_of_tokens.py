"""Fault 36: files of tokens with faults, at the start and while the server runs."""

from hashlib import sha256
from pathlib import Path

import pytest
import trustme

from certificates import NAME, write_pair
from namesmith_client import Client, UnauthenticatedError
from processes import ONE_OR_TWO, ServerProcess, refused, running
from scraping import metrics_port, scrape, value
from tokens import line, write_tokens

HASH = line("alice", "first").split()[1]


def is_known(server: ServerProcess, token: str) -> bool:
    """Return whether a server knows a token."""
    with Client(server.address, token=token) as client:
        try:
            client.generate(1)
        except UnauthenticatedError:
            return False
    return True


def next_event(server: ServerProcess) -> dict[str, object]:
    """Return the next line of the log."""
    return next(server.events())


@pytest.mark.slow
@pytest.mark.parametrize("workers", ONE_OR_TWO)
def test_fault_36_a_changed_file_counts_and_a_faulty_one_does_not(
    tmp_path: Path, workers: str
) -> None:
    """The last good tokens stay, the log names the line and not its content."""
    path = write_tokens(tmp_path / "tokens", alice="first")
    with running("--tokens-file", path, "--workers", workers) as server:
        assert is_known(server, "first")
        for content, reason in (
            (f"alice {HASH}\nbob s3cret\n", "line 2: the second word is not a SHA-256"),
            (None, "No such file or directory"),
        ):
            path.unlink() if content is None else path.write_text(content)
            for _ in range(int(workers)):
                event = next_event(server)
                assert (event["event"], event["level"]) == ("tokens refused", "ERROR")
                assert reason in str(event["reason"])
                assert "s3cret" not in str(event)
            assert is_known(server, "first")
        path.write_text(line("alice", "first") + line("alice", "second"))  # one caller, two tokens
        assert [next_event(server)["event"] for _ in range(int(workers))] == (
            ["tokens loaded"] * int(workers)
        )
        assert is_known(server, "first")
        assert is_known(server, "second")
        write_tokens(path, alice="second")
        for _ in range(int(workers)):
            assert next_event(server)["event"] == "tokens loaded"
        assert not is_known(server, "first")
        assert is_known(server, "second")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "No such file or directory"),
        (
            f"alice {HASH}\nbob {sha256(b'').hexdigest().upper()}\n".encode(),
            "line 2: the second word is the SHA-256 of an empty token",
        ),
        (b"alice\n", "line 1: 1 words, a name and a SHA-256 are expected"),
        (f"\n# one\nalice {HASH} x\n".encode(), "line 3: 3 words"),
        (f"al:ice {HASH}\n".encode(), "line 1: the name is not 1 to 64 letters"),
        (f"{'a' * 65} {HASH}\n".encode(), "line 1: the name is not 1 to 64 letters"),
        (f"alice {HASH[:-1]}\n".encode(), "line 1: the second word is not a SHA-256"),
        (f"alice {HASH[:-1]}g\n".encode(), "line 1: the second word is not a SHA-256"),
        (b"alice \xff\xfe\x00\n", "line 1: the second word is not a SHA-256"),
        (f"alice {HASH}\nbob {HASH.upper()}\n".encode(), "line 2: has the token of line 1"),
        (b"#" * (1 << 20) + b"\n", "more than 1048576 bytes"),
        (
            "".join(f"alice {number:064x}\n" for number in range(4_097)).encode(),
            "line 4097: is past 4096 tokens, the most",
        ),
    ],
    ids=range(12),
)
def test_fault_36_a_file_with_a_fault_stops_the_start(
    tmp_path: Path, content: bytes | None, reason: str
) -> None:
    """The one line names the file and the line, and repeats nothing of it."""
    path = tmp_path / "tokens"
    if content is not None:
        path.write_bytes(content)
    ended = refused("--tokens-file", path)
    assert ended.returncode == 1
    last = ended.stderr.splitlines()[-1]
    assert last.startswith(f"namesmith-server: {path}: {reason}")
    assert HASH[:8] not in last


def test_fault_36_an_empty_file_admits_nobody(tmp_path: Path) -> None:
    """At the start, and as soon as a file is emptied; health is answered; reloads are counted."""
    path = tmp_path / "tokens"
    path.write_text("# nobody yet\n")
    with running("--tokens-file", path, "--metrics-address", "127.0.0.1:0") as server:
        events = [one["event"] for one in server.log if one["level"] == "WARNING"]
        assert events == ["no tokens"]
        assert not is_known(server, "first")
        write_tokens(path, alice="first")
        assert next_event(server)["event"] == "tokens loaded"
        assert is_known(server, "first")
        path.write_text("")
        assert [next_event(server)["event"] for _ in range(2)] == ["no tokens", "tokens loaded"]
        assert not is_known(server, "first")
        with Client(server.address) as client:
            assert client.health() == "SERVING"
        reloads = scrape(metrics_port(server.log)), "namesmith_token_reloads_total"
        assert value(*reloads, outcome="loaded") == 2
        assert value(*reloads, outcome="refused") == 0


@pytest.mark.slow
def test_fault_36_tokens_without_tls_are_warned_of_beyond_this_machine(tmp_path: Path) -> None:
    """Not on loopback, and not with TLS."""
    tokens = ("--tokens-file", write_tokens(tmp_path / "tokens", alice="first"))

    tls = write_pair(tmp_path, trustme.CA().issue_cert(NAME))
    everywhere = ("--address", "0.0.0.0:0")
    for options, expected in (
        ((), []),
        (everywhere, ["tokens are sent without TLS"]),
        ((*everywhere, *tls), []),
    ):
        with running(*tokens, *options) as server:
            warned = [one["event"] for one in server.log if one["level"] == "WARNING"]
        assert warned == expected
