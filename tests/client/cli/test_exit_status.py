"""The end of a command: its exit status, its one line of error, its signals."""

import shutil
import signal
import socket
import subprocess
from pathlib import Path

import pytest

from fakes import Stuck
from terminal import NAMESMITH, answer, run, run_program

NOWHERE = "127.0.0.1:1"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("generate", "--count", "0"), "Error: count: 0 is not in [1, 1000000000]\n"),
        (
            ("generate", "--count", f"{2**63}"),
            f"Error: count: {2**63} is not in [-9223372036854775",
        ),
        (("generate", "--temperature", "nan"), "Error: sampling.temperature: nan is not in"),
        (("generate", "--model", "x"), "Error: model 'x' is unknown, this server has us-names\n"),
        (("evaluate", "dev"), "Error: split 'dev' is unknown, the model has train, val, test\n"),
        (("score", "a\n1"), r"Error: names[0]: character '\n' at position 1 is not in the"),
        (("health", "--address", NOWHERE), f"Error: {NOWHERE} cannot be reached: "),
        pytest.param(
            ("generate", "--address", NOWHERE),
            f"Error: {NOWHERE} cannot be reached: ",
            marks=pytest.mark.slow,  # it is tried again for some 5 seconds
        ),
        (("health", "--tls"), "Error: 127.0.0.1:"),
    ],
)
def test_a_failed_call_is_one_line_and_status_1(
    server: str, arguments: tuple[str, ...], message: str
) -> None:
    """The line goes to standard error; standard output stays empty."""
    result = run_program(server, *arguments)
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr.startswith(message)
    assert result.stderr.count("\n") == 1


def test_a_deadline_is_told_by_its_seconds() -> None:
    """A server that takes the connection and never answers lets the deadline pass."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"127.0.0.1:{silent.getsockname()[1]}"
        result = run_program(address, "generate", "--timeout", "0.2")
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr == f"Error: deadline of 0.2 s exceeded, calling {address}\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("absent",), "No such command 'absent'"),
        (("score",), "Missing argument"),
        (("generate", "--count", "x"), "'x' is not a valid integer"),
        (("generate", "--seed", "-1"), "-1 is not in the range"),
        (("generate", "--timeout", "nan"), "timeout: nan is not in (0, 1000000] seconds"),
        (("health", "--address", ""), "address: is empty, host:port is expected"),
        (("evaluate", "--names", "absent.txt"), "'absent.txt': No such file"),
        (("evaluate", "val", "--names", __file__), "SPLIT 'val' and --names: only one"),
        (("health", "--tls-roots", "absent.pem"), "'absent.pem' does not exist"),
        (("health", "--tls-roots", __file__), "--tls-roots: no PEM certificate"),
        (("health", "--models-folder", "."), "--models-folder: there is no --offline"),
    ],
)
def test_wrong_usage_is_status_2(server: str, arguments: tuple[str, ...], message: str) -> None:
    """The message says which option or argument is wrong and why."""
    result = run(server, *arguments)
    assert (result.returncode, result.stdout) == (2, "")
    assert message in result.stderr


def test_a_closed_output_is_one_line_and_status_1() -> None:
    """Nothing is asked of a server."""
    shell = shutil.which("sh")
    assert shell is not None
    ended = subprocess.run(
        [shell, "-c", f"exec '{NAMESMITH}' models >&-"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (ended.returncode, ended.stderr) == (1, "Error: standard output is closed\n")


def test_a_full_disk_is_one_line_and_status_1(server: str) -> None:
    """Output that cannot be written is a failure, of few names and of many."""
    for count in ("3", "100001"):
        with Path("/dev/full").open("wb") as full:
            result = subprocess.run(
                [NAMESMITH, "generate", "--count", count, "--address", server],
                stdout=full,
                stderr=subprocess.PIPE,
                check=False,
            )
        assert (result.returncode, result.stderr) == (1, b"Error: No space left on device\n")


def test_the_address_stands_before_or_after_the_subcommand(server: str) -> None:
    """The last address on the command line wins, and any such address over NAMESMITH_ADDRESS."""
    assert answer(NOWHERE, "--address", server, "health") == "SERVING\n"
    assert answer(NOWHERE, "health", "--address", server) == "SERVING\n"
    assert answer(NOWHERE, "--address", NOWHERE, "health", "--address", server) == "SERVING\n"


def test_a_closed_pipe_ends_a_command_without_a_message(server: str) -> None:
    """SIGPIPE ends the command, as it ends other filters."""
    command = [NAMESMITH, "generate", "--count=60000", "--address", server]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == -signal.SIGPIPE


def test_ctrl_c_ends_a_command_without_a_message(stuck: tuple[Stuck, str]) -> None:
    """SIGINT in the midst of a call ends the command, and the server's work with it."""
    service, address = stuck
    command = [NAMESMITH, "generate", "--address", address]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert service.called.wait(30)
        process.send_signal(signal.SIGINT)
        assert process.communicate(timeout=30) == (b"", b"")
    assert process.returncode == -signal.SIGINT
    assert service.ended.wait(30)
