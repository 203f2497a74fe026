"""The command pseudonymise, run by a script: names in place of cells, and all else as it was."""

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import pytest
from click.testing import CliRunner

from namesmith_client import Client
from namesmith_client.cli import pseudonyms
from namesmith_client.cli.main import namesmith
from terminal import run_program

SECRET = b"a secret of tests"


@pytest.fixture
def secret_file(tmp_path: Path) -> Path:
    """Provide a file with the secret, as an editor saves it."""
    path = tmp_path / "secret"
    path.write_bytes(SECRET + b"\n")
    return path


class Masked(NamedTuple):
    """The end of a run of the command."""

    returncode: int
    stdout: bytes
    stderr: str


def masked(server: str, content: bytes, secret: Path, *options: str) -> Masked:
    """Run the command on a file, in this process."""
    words = ["pseudonymise", "--secret-file", str(secret), *options]
    runner = CliRunner(env={"NAMESMITH_ADDRESS": server})
    ended = runner.invoke(namesmith, words, input=content)
    return Masked(ended.exit_code, ended.stdout_bytes, ended.stderr)


def named(client: Client, keys: Sequence[str], **settings: str) -> dict[str, str]:
    """Return the names of keys as the library answers them."""
    names = client.name_keys(keys, secret=SECRET, **settings).names  # type: ignore[arg-type]
    return dict(zip(keys, names, strict=True))


def test_cells_get_the_names_of_their_texts(server: str, client: Client, secret_file: Path) -> None:
    """Quotes, line breaks within cells, empty cells, empty lines and the order stay."""
    text = (
        'id,name,"a ""note""",friend\r\n'
        '1,Anna,"one, two",BOB\r\n'
        '2,"Bo\r\nb",,\r\n'
        "\r\n"
        '3,,"x\ny",Anna\r\n'
        "4,Åsa,z,é\r\n"
    )
    ended = masked(server, text.encode(), secret_file, "--column", "name", "--column", "friend")
    names = named(client, ["Anna", "BOB", "Bo\r\nb", "Åsa", "é"])
    assert ended.stderr == ""
    expected = (
        'id,name,"a ""note""",friend\r\n'
        '1,{Anna},"one, two",{BOB}\r\n'
        "2,{Bob},,\r\n"
        "\r\n"
        '3,,"x\ny",{Anna}\r\n'
        "4,{Asa},z,{e}\r\n"
    )
    names |= {"Bob": names["Bo\r\nb"], "Asa": names["Åsa"], "e": names["é"]}
    assert ended.stdout.decode() == expected.format(**names)


def test_a_carriage_return_in_a_cell_stays_in_it(
    server: str, client: Client, secret_file: Path
) -> None:
    """In a file whose lines end with LF a cell that holds a CR keeps its quotes."""
    text = 'name,note\nAnna,"a\rb"\nBob,"\r"\n'
    ended = masked(server, text.encode(), secret_file, "--column=name")
    names = named(client, ["Anna", "Bob"])
    expected = text.replace("Anna", names["Anna"]).replace("Bob", names["Bob"])
    assert ended.stdout.decode() == expected


def test_the_dialect_stays(server: str, client: Client, secret_file: Path) -> None:
    """A byte order mark, tabs and quotes around all cells are written as they were read."""
    text = '\ufeff"name"\t"n"\n"Anna"\t"1"\n'
    ended = masked(server, text.encode(), secret_file, "--column=name", r"--delimiter=\t")
    assert ended.stdout.decode() == text.replace("Anna", named(client, ["Anna"])["Anna"])


def test_names_satisfy_the_constraint_and_take_capitals(
    server: str, client: Client, secret_file: Path
) -> None:
    """The options of generate apply, and --capitalise follows each cell."""
    options = ("--column=name", "--suffix=a", "--capitalise")
    ended = masked(server, b"name\nAnna\nanna\nANNA\n", secret_file, *options)
    names = named(client, ["Anna", "anna", "ANNA"], suffix="a")
    expected = [names["Anna"].capitalize(), names["anna"], names["ANNA"].upper()]
    assert ended.stdout.decode().split() == ["name", *expected]


def test_a_long_file_is_named_in_order(server: str, client: Client, secret_file: Path) -> None:
    """Many batches, of which some are named at the same time, come out as they stood."""
    count = 5 * pseudonyms.ROWS + 3
    text = "id,name\n" + "".join(f"{i},p{i % 7}\n" for i in range(count))
    ended = masked(server, text.encode(), secret_file, "--column", "name")
    names = named(client, [f"p{i}" for i in range(7)])
    rows = list(csv.reader(io.StringIO(ended.stdout.decode())))
    assert rows[1:] == [[str(i), names[f"p{i % 7}"]] for i in range(count)]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"id,nom\n", "--column 'name': the columns are 'id', 'nom'"),
        (b"", "standard input: line 1 holds no header"),
        (b"name\nb,c\n", "standard input: line 2 has 2 cells, the header has 1"),
        (b"name\nb\n\xff\n", "standard input: line 3 is not UTF-8 text"),
        (b'name\nb\n"c"d\n', "standard input: line 3 is no CSV"),
        (b'name\n"b\n', "standard input: line 2 opens a quote that is never closed"),
        (b'name\n"b\nc\n""d"",""\n\n', "line 2 opens a quote that is never closed"),
        (b'name,n\n"b\n""","c\nd\n', "line 3 opens a quote that is never closed"),
        (b"name\rb\rc\r", "line 1 has a CR outside of quotes: a line ends with LF or CRLF"),
        (b"name\nb\rc\n", "line 2 has a CR outside of quotes: a line ends with LF or CRLF"),
        (b"name\n" + b"x" * 1_025, "standard input: line 2 has a cell of over 1024 bytes"),
    ],
)
def test_a_fault_of_the_file_is_told_by_its_line(
    server: str, secret_file: Path, content: bytes, told: str
) -> None:
    """The command fails, and writes no cell that it should have named."""
    ended = masked(server, content, secret_file, "--column", "name")
    assert ended.returncode
    assert told in ended.stderr
    assert ended.stdout in {b"", content[: content.find(b"\n") + 1]}


def test_a_wrong_argument_is_told_before_anything_is_written(
    server: str, secret_file: Path, tmp_path: Path
) -> None:
    """The bounds are the server's, the secret's and the delimiter's."""
    short = tmp_path / "short"
    short.write_bytes(b"short")
    for options, told in (
        (("--prefix", "1"), "constraint.prefix"),
        (("--secret-name", "x"), "--secret-file or --secret-name: one of them is needed"),
        (("--secret-file", str(short)), "5 bytes, a secret has at least 16"),
        (("--secret-file", str(tmp_path / "none")), "No such file"),
        (("--delimiter", "ab"), "--delimiter: 'ab' is not one character"),
    ):
        ended = masked(server, b"name\nanna\n", secret_file, "--column=name", *options)
        assert (ended.returncode > 0, ended.stdout) == (True, b"")
        assert told in ended.stderr


def test_a_process_reads_a_pipe_and_writes_one(
    server: str, client: Client, secret_file: Path
) -> None:
    """The program gives the bytes that the library's names make."""
    options = ("--secret-file", str(secret_file), "--column", "name")
    ended = run_program(server, "pseudonymise", *options, given=b"name,n\r\nAnna,1\r\n")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout == f"name,n\r\n{named(client, ['Anna'])['Anna']},1\r\n"
