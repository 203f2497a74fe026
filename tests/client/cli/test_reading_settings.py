"""The settings of the command line: variables, TLS on one side alone, no folder to write in."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from processes import running
from terminal import NAMESMITH, run

WITHOUT_FOLDER = """
import tempfile
from namesmith_client.cli.main import main

def nowhere():
    raise FileNotFoundError(2, "No usable temporary directory found")

tempfile.gettempdir = nowhere
tempfile.TemporaryFile = lambda: nowhere()
main()
"""
"""The program, on a system where no temporary file can be made."""

MOST = (256 << 20) // 8
"""Largest number of names whose log-probabilities are kept in memory without a file."""


def run_without_folder(server: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run a command on a system where no temporary file can be made."""
    return subprocess.run(
        [sys.executable, "-c", WITHOUT_FOLDER, *arguments, "--address", server],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_many_names_are_one_object_without_a_folder_for_files(server: str) -> None:
    """More log-probabilities than usually stay in memory are printed all the same."""
    ended = run_without_folder(server, "generate", "--count", "131073", "--json")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert len(json.loads(ended.stdout)["log_probs"]) == 131_073


def test_names_that_cannot_be_kept_aside_are_refused_before_the_first(server: str) -> None:
    """Where neither memory nor a file has room, nothing of the object is printed."""
    ended = run_without_folder(server, "generate", "--count", str(MOST + 1), "--json")
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.startswith("Error: --json keeps 268,435,464 bytes of log-probabilities")


def with_variables(server: str, **variables: str) -> "subprocess.CompletedProcess[str]":
    """Ask for the health with variables in the environment."""
    return subprocess.run(
        [NAMESMITH, "health", "--address", server],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | variables,
    )


def test_an_empty_variable_is_unset_for_the_client(server: str) -> None:
    """Every variable of the client may be empty."""
    names = ("ADDRESS", "TIMEOUT", "TLS", "TLS_ROOTS", "TLS_SERVER_NAME")
    ended = with_variables(server, **{f"NAMESMITH_{name}": "" for name in names})
    assert (ended.stdout, ended.stderr) == ("SERVING\n", "")


def test_an_unknown_variable_is_warned_of(server: str) -> None:
    """The nearest variable is told; one of the server, which the image sets, is known."""
    ended = with_variables(server, NAMESMITH_TIMEOUTS="1", NAMESMITH_WORKERS="2")
    assert ended.stdout == "SERVING\n"
    warning = "NAMESMITH_TIMEOUTS is no variable of namesmith; NAMESMITH_TIMEOUT is one"
    assert ended.stderr == f"Warning: {warning}\n"


@pytest.fixture
def encrypted(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """Provide the address of a server with TLS, and the file of its authority."""
    authority, roots = trustme.CA(), tmp_path / "roots.pem"
    issued = authority.issue_cert("localhost", "127.0.0.1")
    issued.private_key_pem.write_to_path(tmp_path / "key.pem")
    issued.cert_chain_pems[0].write_to_path(tmp_path / "certificate.pem")
    authority.cert_pem.write_to_path(roots)
    pair = ("--tls-certificate", tmp_path / "certificate.pem", "--tls-key", tmp_path / "key.pem")
    with running(*pair) as server:
        yield server.address, roots


def test_tls_on_one_side_alone_is_told(server: str, encrypted: tuple[str, Path]) -> None:
    """A client with TLS at a plain server, and the reverse, are told of the difference."""
    address, roots = encrypted
    assert run(address, "health", "--tls-roots", str(roots)).stdout == "SERVING\n"
    for wait in ((), ("--wait", "--timeout", "1")):
        told = run(server, "health", "--tls-roots", str(roots), *wait).stderr
        assert told == f"Error: {server} does not speak TLS, and was called with it\n"
        told = run(address, "health", *wait).stderr
        without = f"{address} speaks TLS, and was called without: --tls or --tls-roots is missing"
        assert told == f"Error: {without}\n"


def test_a_fifo_as_roots_is_refused(server: str, tmp_path: Path) -> None:
    """Nobody waits for a writer."""
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    ended = run(server, "health", "--tls-roots", str(fifo))
    assert ended.returncode == 2
    assert f"--tls-roots {fifo}: is not a plain file" in ended.stderr
