"""The command line, run as a person or a script runs it."""

import json
import signal
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import pytest
from grpc_health.v1.health import HealthServicer
from grpc_health.v1.health_pb2 import HealthCheckResponse

from fakes import Fake, Stuck, serving
from namesmith_client import Client
from processes import running
from terminal import NAMESMITH, answer, on_a_terminal, run

NOWHERE = "127.0.0.1:1"


@pytest.fixture
def client(server: str) -> Iterator[Client]:
    """The library, to compare with."""
    with Client(server) as one:
        yield one


def test_generate_prints_a_name_a_line(server: str, client: Client) -> None:
    """On a pipe there is nothing but names, and log-probabilities where asked for."""
    expected = client.generate(5, seed=9, log_probs=True)
    assert expected.log_probs is not None
    assert answer(server, "generate", "--count", "5", "--seed", "9").split("\n") == [
        *expected.names,
        "",
    ]
    lines = answer(server, "generate", "--count", "5", "--seed", "9", "--log-probs").splitlines()
    assert [tuple(line.split("\t")) for line in lines] == [
        (name, repr(log_prob))
        for name, log_prob in zip(expected.names, expected.log_probs, strict=True)
    ]
    assert len(answer(server, "generate").splitlines()) == 10


def test_generate_json_is_exact(server: str, client: Client) -> None:
    """Just these keys in this order; the seed is an integer of 64 bits, floats are in full."""
    seed = 2**64 - 1
    expected = client.generate(4, seed=seed, log_probs=True)
    shown = json.loads(answer(server, "generate", "--count=4", f"--seed={seed}", "--json"))
    assert list(shown) == [
        "names",
        "log_probs",
        "seed",
        "model",
        "version",
        "exhausted",
        "acceptance_rate",
        "gave_up",
    ]
    assert tuple(shown["names"]) == expected.names
    assert tuple(shown["log_probs"]) == expected.log_probs
    assert (shown["seed"], shown["model"], shown["version"]) == (seed, "us-names", 1)


def test_every_option_of_generate_reaches_the_call(server: str, client: Client) -> None:
    """The options give the names that the library gives for the same arguments."""
    expected = client.generate(
        20,
        seed=4,
        temperature=1.5,
        top_k=20,
        top_p=0.95,
        min_p=0.001,
        prefix="ma",
        min_length=4,
        max_length=9,
        model="us-names",
    )
    options = (
        "--count=20 --seed=4 --temperature=1.5 --top-k=20 --top-p=0.95 --min-p=0.001"
        " --prefix=ma --min-length=4 --max-length=9 --model=us-names"
    )
    assert tuple(answer(server, "generate", *options.split()).splitlines()) == expected.names
    assert client.generate(20, seed=4).names != expected.names


def test_many_names_are_what_the_library_streams(server: str, client: Client) -> None:
    """More than one call may hold, as lines and as one JSON object with its keys in order."""
    count, options = 100_001, ("generate", "--count=100001", "--seed=6", "--max-length=5")
    names = tuple(client.stream(count, seed=6, max_length=5))
    assert answer(server, *options) == "\n".join((*names, ""))
    shown = json.loads(answer(server, *options, "--json"))
    assert list(shown) == [
        "names",
        "log_probs",
        "seed",
        "model",
        "version",
        "exhausted",
        "acceptance_rate",
        "gave_up",
    ]
    assert tuple(shown["names"]) == names
    assert shown["log_probs"][-9:] == list(client.score(names[-9:]).log_probs)
    assert len(shown["log_probs"]) == count
    lines = answer(server, *options, "--log-probs").splitlines()
    assert lines[-1] == f"{names[-1]}\t{shown['log_probs'][-1]!r}"


def test_score_takes_arguments_or_lines(server: str, client: Client) -> None:
    """BOM and CRLF are no part of a name; the empty name can be given, not read."""
    names = ("anna", "", "otto")
    expected = client.score(names)
    by_argument = json.loads(answer(server, "score", *names, "--json"))
    assert by_argument == {
        "names": list(names),
        "log_probs": list(expected.log_probs),
        "model": "us-names",
        "version": 1,
    }
    by_line = answer(server, "score", "--json", "-", given="\ufeffanna\r\n\r\notto".encode())
    assert json.loads(by_line) == json.loads(answer(server, "score", "anna", "otto", "--json"))
    lines = answer(server, "score", *names).splitlines()
    assert lines == [f"{a}\t{b}" for a, b in zip(names, expected.log_probs, strict=True)]


def test_score_per_character(server: str, client: Client) -> None:
    """The values of the symbols stand behind the whole."""
    expected = client.score(["anna"], per_character=True)
    assert expected.character_log_probs is not None
    shown = json.loads(answer(server, "score", "anna", "--per-character", "--json"))
    assert shown["character_log_probs"] == [list(expected.character_log_probs[0])]
    line = answer(server, "score", "anna", "--per-character").rstrip("\n")
    assert line.split("\t")[2] == " ".join(map(str, expected.character_log_probs[0]))


def test_evaluate_prints_the_loss_with_its_provenance(server: str, client: Client) -> None:
    """Val unless a split is named, as an argument or an option."""
    shown = json.loads(answer(server, "evaluate", "--json"))
    keys = ["split", "loss", "names", "symbols", "model", "version", "data_sha256"]
    assert list(shown)[: len(keys)] == keys
    assert (shown["split"], shown["loss"]) == ("val", client.evaluate("val").loss)
    for arguments in (("test",), ("--split", "test")):
        lines = answer(server, "evaluate", *arguments).splitlines()
        assert lines[:2] == ["split\ttest", f"loss\t{client.evaluate('test').loss!r}"]


def test_evaluate_takes_names_from_a_file_or_a_pipe(
    server: str, client: Client, tmp_path: Path
) -> None:
    """BOM, CRLF and blanks are no part of names; a file and standard input give the same."""
    text = "\ufeffanna\r\n\r\n \n  zoe\t\n\notto".encode()
    (tmp_path / "names.txt").write_bytes(text)
    expected = client.evaluate_names(["anna", "zoe", "otto"])
    shown = json.loads(answer(server, "evaluate", "--names", "-", "--json", given=text))
    assert list(shown)[:5] == ["loss", "names", "symbols", "model", "version"]
    assert shown == asdict(expected)
    lines = answer(server, "evaluate", "--names", f"{tmp_path / 'names.txt'}").splitlines()
    assert lines == [f"{figure}\t{value}" for figure, value in shown.items()]


@pytest.mark.parametrize(
    ("text", "line", "fault"),
    [
        ("z3\n", 1, "character '3' at position 1 is not in the vocabulary"),
        ("\n\n z3\n", 3, "character '3' at position 1 is not in the vocabulary"),
        ("anna\n\notto\n \n" + "a" * 2_000, 5, "2000 characters, at most 1024 are allowed"),
        ("anna\n" * 9_000 + "\n.\n", 9_002, "character '.' at position 0"),
    ],
)
def test_a_fault_of_a_name_in_a_file_is_told_by_its_line(
    server: str, tmp_path: Path, text: str, line: int, fault: str
) -> None:
    """In a file as on standard input, as an editor counts."""
    (tmp_path / "names.txt").write_text(text)
    for title, arguments in (
        (str(tmp_path / "names.txt"), ("evaluate", "--names", str(tmp_path / "names.txt"))),
        ("standard input", ("evaluate", "--names", "-")),
    ):
        result = run(server, *arguments, given=text.encode())
        assert (result.returncode, result.stdout) == (1, "")
        assert result.stderr.startswith(f"Error: {title}: line {line}: {fault}")


def test_models_lists_what_is_served(server: str, client: Client) -> None:
    """A line a model; the JSON holds all that the library tells."""
    assert answer(server, "models") == "us-names\t1\tyes\ttable\tcpu\t12097\tus-names\n"
    (shown,) = json.loads(answer(server, "models", "--json"))["models"]
    (expected,) = client.models()
    assert (shown["name"], shown["created"]) == (expected.name, expected.created)
    assert shown["splits"][1]["loss"] == expected.splits[1].loss


def test_health_ends_with_0_only_when_serving(server: str) -> None:
    """A service without health is not SERVING, and nothing listening is one clear line."""
    assert answer(server, "health") == "SERVING\n"
    assert json.loads(answer(server, "health", "--json")) == {"status": "SERVING"}
    servicer = HealthServicer()
    servicer.set("", HealthCheckResponse.NOT_SERVING)
    with serving(Fake(), health=servicer) as address:
        result = run(address, "health")
    assert (result.returncode, result.stdout, result.stderr) == (1, "NOT_SERVING\n", "")


def test_health_waits_for_a_server_that_is_starting() -> None:
    """With --wait it ends with 0 once a server that starts later serves."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{one.getsockname()[1]}"
    command = [NAMESMITH, "health", "--wait", "--address", address]
    with (
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as waiting,
        running("--address", address),
    ):
        assert waiting.communicate(timeout=60) == ("SERVING\n", None)
        assert waiting.returncode == 0


@pytest.mark.parametrize(
    ("arguments", "cells"),
    [
        (("generate", "--seed", "7"), ["name", "us-names version 1, seed 7"]),
        (("generate", "--log-probs"), ["name", "log-probability"]),
        (("score", "anna"), ["log-probability", "│ anna │         -6.5464 │"]),
        (("evaluate",), ["│ symbols            │ 21444", "│ loss               │ 2.1214 "]),
        (("models",), ["parameters", "│ us-names │       1 │ yes     │ table   │ cpu    │"]),
    ],
)
def test_a_terminal_shows_a_table(
    server: str, arguments: tuple[str, ...], cells: list[str]
) -> None:
    """Headings, borders and rounded numbers for people."""
    shown = on_a_terminal(server, *arguments)
    assert "┏━━" in shown
    assert [cell for cell in cells if cell not in shown] == []


def test_a_terminal_shows_a_long_value_whole(server: str) -> None:
    """A hash that is wider than the terminal goes on in the next line."""
    rows = [
        line.split("│")[2].strip()
        for line in on_a_terminal(server, "evaluate", columns=60).splitlines()
        if "│" in line
    ]
    expected = dict(line.split("\t") for line in answer(server, "evaluate").splitlines())
    assert expected["data_sha256"] in "".join(rows)


def test_a_terminal_shows_many_names_as_lines(server: str) -> None:
    """What no person reads is not laid out."""
    assert "│" not in on_a_terminal(server, "generate", "--count", "1001")


def test_a_long_stream_has_a_progress_bar_on_the_terminal(server: str) -> None:
    """While the names go elsewhere; not for what is soon done, nor beside names on a terminal."""
    one_bar = "150,000 of 150,000 names"
    long = ("generate", "--count=150000", "--seed=1", "--max-length=3")
    shown = on_a_terminal(server, *long, stream="stderr", stdout=subprocess.DEVNULL)
    assert one_bar in shown
    assert shown.rindex("\x1b[?25h") > shown.rindex("\x1b[?25l")  # the cursor is there
    assert "\x1b[?25l\x1b[?25h" in shown  # and was, all the while
    small = ("generate", "--count=100000", "--max-length=3")
    assert on_a_terminal(server, *small, stream="stderr", stdout=subprocess.DEVNULL) == ""
    both = on_a_terminal(server, *long, stderr=subprocess.STDOUT)
    assert both.count("\n") == 150_000


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
        (("generate", "--address", NOWHERE), f"Error: {NOWHERE} cannot be reached: "),
        (("health", "--tls"), "Error: 127.0.0.1:"),
    ],
)
def test_a_failed_call_is_one_line_and_status_1(
    server: str, arguments: tuple[str, ...], message: str
) -> None:
    """The line goes to standard error; standard output stays empty."""
    result = run(server, *arguments)
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr.startswith(message)
    assert result.stderr.count("\n") == 1


def test_a_deadline_is_told_by_its_seconds() -> None:
    """Of a server that takes the connection and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"127.0.0.1:{silent.getsockname()[1]}"
        result = run(address, "generate", "--timeout", "0.2")
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
        (("health", "--tls-roots", __file__), "root_certificates: hold no PEM certificate"),
    ],
)
def test_wrong_usage_is_status_2(server: str, arguments: tuple[str, ...], message: str) -> None:
    """The message says which option or argument is wrong and how."""
    result = run(server, *arguments)
    assert (result.returncode, result.stdout) == (2, "")
    assert message in result.stderr


def test_names_that_are_not_utf8_are_wrong_usage(server: str) -> None:
    """Bytes that are no text are refused, not guessed at; the line is named."""
    for arguments in (("score", "-"), ("evaluate", "--names", "-")):
        result = run(server, *arguments, given=b"anna\n\n\xff\xfe\n")
        assert result.returncode == 2
        assert "standard input: line 3 is not UTF-8 text" in result.stderr


def test_names_are_read_alike_to_be_scored_and_to_be_evaluated(server: str) -> None:
    """Blank lines are none, blanks around one are no part of it, a fault is told by its line."""
    scored = run(server, "score", "-", given=b" anna\n\n\totto \r\n")
    assert [line.split("\t")[0] for line in scored.stdout.splitlines()] == ["anna", "otto"]
    for arguments in (("score", "-"), ("evaluate", "--names", "-")):
        result = run(server, *arguments, given=b"anna\n\n  ot3o\n")
        assert result.returncode == 1
        assert result.stderr.startswith("Error: standard input: line 3: character '3'")


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
    """The last on the command line wins, and either over NAMESMITH_ADDRESS."""
    assert answer(NOWHERE, "--address", server, "health") == "SERVING\n"
    assert answer(NOWHERE, "health", "--address", server) == "SERVING\n"
    assert answer(NOWHERE, "--address", NOWHERE, "health", "--address", server) == "SERVING\n"


def test_a_closed_pipe_ends_it_quietly(server: str) -> None:
    """Like other filters it is ended by SIGPIPE, without a word."""
    command = [NAMESMITH, "generate", "--count=60000", "--address", server]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == -signal.SIGPIPE


def test_ctrl_c_ends_it_quietly(stuck: tuple[Stuck, str]) -> None:
    """In the midst of a call SIGINT ends it without a word, and the server's work with it."""
    service, address = stuck
    command = [NAMESMITH, "generate", "--address", address]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert service.called.wait(30)
        process.send_signal(signal.SIGINT)
        assert process.communicate(timeout=30) == (b"", b"")
    assert process.returncode == -signal.SIGINT
    assert service.ended.wait(30)
