"""The command line of the server process: what it refuses, and what it says to people."""

import os
import socket
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest
import trustme
from cryptography.hazmat.primitives import serialization

from processes import SERVER, refused, running


def refusal(*options: str | Path, environment: dict[str, str] | None = None) -> tuple[int, str]:
    """Return the exit status and the last line of a server that does not start."""
    ended = refused(*options, environment=environment)
    return ended.returncode, ended.stderr.splitlines()[-1]


@pytest.mark.parametrize(
    ("options", "status", "message"),
    [
        (("--backend", "tpu"), 2, "--backend: Input should be 'auto', 'table'"),
        (("--threads", "0"), 2, "--threads: Input should be greater than or equal to 1"),
        (("--grace-seconds", "nan"), 2, "--grace-seconds: Input should be"),
        (("--unknown", "3"), 2, "error: unrecognized arguments: --unknown 3"),
        (("--models", "absent"), 1, "models absent: No such file or directory"),
        (("--only", "us-names,,x"), 1, "model x: models "),
        (("--default-model", "x"), 1, "default model 'x': the models are"),
        (("--backend", "table", "--device", "cuda"), 1, "runs on device cpu only"),
        (
            ("--only", "us-names-wavenet", "--backend", "table"),
            1,
            "backend table: the bundle holds no table",
        ),
        (("--address", "127.0.0.1:99999"), 1, "port 99999 is not in [0, 65535]"),
        (("--address", "256.0.0.1:1"), 1, "--address 256.0.0.1:1: "),
        (("--address", "203.0.113.1:1"), 1, "203.0.113.1:1: Cannot assign requested address"),
        (("--address", "127.0.0.1"), 1, "--address 127.0.0.1: is not HOST:PORT"),
        (("--address", "::1:50051"), 1, "--address ::1:50051: is not HOST:PORT"),
        (("--models", ""), 2, "--models: is empty, a path is needed (given '')"),
        (("--tls-certificate", "absent.pem", "--tls-key", "absent.pem"), 1, "absent.pem: No such"),
        (("--tls-certificate", "absent.pem"), 2, "--tls-certificate and --tls-key go together"),
    ],
)
def test_a_server_that_cannot_start_says_why(
    options: tuple[str, ...], status: int, message: str
) -> None:
    """The last line says why; the exit status is 1, or 2 for a wrong option."""
    code, line = refusal(*options)
    assert line.startswith("namesmith-server: ")
    assert message in line
    assert code == status


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_port_in_use_is_refused(workers: str) -> None:
    """Two servers never share a port silently."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        assert refusal("--address", address, "--workers", workers) == (
            1,
            f"namesmith-server: --address {address}: Address already in use",
        )


@pytest.fixture
def pairs(tmp_path: Path) -> Path:
    """Provide a folder with two certificates and their keys, an encrypted key, and a text."""
    authority = trustme.CA()
    for name in ("one", "other"):
        issued = authority.issue_cert("localhost")
        issued.private_key_pem.write_to_path(tmp_path / f"{name}.key")
        issued.cert_chain_pems[0].write_to_path(tmp_path / f"{name}.pem")
    (tmp_path / "text").write_text("hello\n")
    key = serialization.load_pem_private_key((tmp_path / "one.key").read_bytes(), None)
    (tmp_path / "encrypted").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"secret"),
        )
    )
    return tmp_path


@pytest.mark.parametrize(
    ("certificate", "key", "message"),
    [
        ("text", "one.key", "text: holds no certificate in PEM form"),
        ("one.key", "one.key", "one.key: holds no certificate in PEM form"),
        ("one.pem", "text", "text: holds no private key in PEM form without a passphrase"),
        (
            "one.pem",
            "encrypted",
            "encrypted: holds no private key in PEM form without a passphrase",
        ),
        ("one.pem", "other.key", "other.key: is not the key of {folder}/one.pem"),
    ],
)
def test_a_wrong_tls_file_is_refused_by_its_name(
    pairs: Path, certificate: str, key: str, message: str
) -> None:
    """A file without a certificate or key, or with another's key; no passphrase is asked for."""
    options = ("--tls-certificate", pairs / certificate, "--tls-key", pairs / key)
    assert refusal(*options) == (1, f"namesmith-server: {pairs}/{message.format(folder=pairs)}")


def test_an_unknown_variable_is_warned_of(monkeypatch: pytest.MonkeyPatch) -> None:
    """The log tells the name and the nearest known one, once for all workers, and no value."""
    monkeypatch.setenv("NAMESMITH_TOKENS_FILES", "secret")
    monkeypatch.setenv("NAMESMITH_SERVICE_HOST", "10.0.0.1")
    with running("--workers", "2") as server:
        told = [line for line in server.log if line["event"] == "unknown variable"]
    assert [(one["variable"], one["nearest"]) for one in told] == [
        ("NAMESMITH_TOKENS_FILES", "NAMESMITH_TOKENS_FILE")
    ]
    assert "secret" not in str(server.log)


def test_help_describes_values_in_words() -> None:
    """The help has words for values, and no types of Python's."""
    shown = subprocess.run([SERVER, "--help"], capture_output=True, text=True, check=True).stdout
    assert "--grace-seconds SECONDS" in shown
    assert "--models FOLDER" in shown
    for word in (" int", " str", " float", "Path", "tuple", "None"):
        assert word not in shown


def test_version_is_that_of_the_package() -> None:
    """The option prints the program's name and the version."""
    shown = subprocess.run([SERVER, "--version"], capture_output=True, text=True, check=True).stdout
    assert shown == f"namesmith-server, version {version('namesmith')}\n"


@pytest.mark.parametrize(
    ("program", "missing", "extra"),
    [
        ("namesmith_server.app.main", "cachetools", "server"),
        ("namesmith_server.app.main", "numpy", "server"),
        ("namesmith_server.app.main", "uvloop", "server"),
        ("namesmith_trainer.main", "torch", "trainer"),
        ("namesmith_trainer.main", "jinja2", "trainer"),
    ],
)
def test_a_missing_extra_is_reported_in_one_line(program: str, missing: str, extra: str) -> None:
    """Without a package of the extra, the program exits with 1 and says what to install."""
    code = f"import sys; sys.modules[{missing!r}] = None; from {program} import main; main()"
    command = ["train"] if extra == "trainer" else []  # its help and version need no package
    ended = subprocess.run(
        [sys.executable, "-c", code, *command], capture_output=True, text=True, check=False
    )
    assert ended.returncode == 1
    name = program.partition(".")[0].replace("_", "-")
    assert ended.stderr.splitlines() == [
        f"{name}: {missing} is not installed; install namesmith[{extra}]"
    ]


def test_an_option_wins_over_the_environment(tmp_path: Path) -> None:
    """NAMESMITH_MODELS is --models, which wins where both are given."""
    environment = {**os.environ, "NAMESMITH_MODELS": str(tmp_path / "absent")}
    assert "absent: No such file" in refusal(environment=environment)[1]
    code, line = refusal("--models", tmp_path / "other", environment=environment)
    assert (code, "other: No such file" in line) == (1, True)
