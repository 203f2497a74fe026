"""The command that writes a range of rows into a file."""

import hashlib
import json
import os
import signal
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from namesmith_client import Client
from namesmith_client.cli.main import namesmith
from terminal import NAMESMITH, answer


def test_rows_are_a_part_of_the_whole(server: str) -> None:
    """They are printed like any names."""
    with Client(server) as client:
        whole = client.generate(20, seed=7).names
    assert tuple(answer(server, "generate", "--seed=7", "--rows=5:20").split()) == whole[5:]
    last = answer(server, "generate", "--seed=7", "--rows=0:20", "--part=2/3").split()
    assert tuple(last) == whole[13:]


def test_a_file_has_the_names_and_is_kept(server: str, tmp_path: Path) -> None:
    """The second call keeps it, and says so; offline the bytes are equal."""
    options = ("generate", "--seed=7", "--rows=3:500", "--temperature=0", "--min-length=0")
    path, other = tmp_path / "names.csv", tmp_path / "offline" / "names.csv"
    other.parent.mkdir()
    told = answer(server, *options, f"--out={path}")
    assert told == f"{path}: 497 names of us-names/1, rows 3 to 499, written\n"
    assert "is there already, and was kept" in answer(server, *options, f"--out={path}")
    answer(server, "--offline", *options, f"--out={other}")
    assert other.read_bytes() == path.read_bytes()
    manifest = json.loads((tmp_path / "names.csv.json").read_text())
    assert manifest["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert manifest["arguments"] == {"temperature": 0.0, "min_length": 0}


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_leaves_no_unfinished_file(
    server: str, tmp_path: Path, number: signal.Signals
) -> None:
    """Nor does it write a message."""
    command = (NAMESMITH, "generate", "--seed=7", "--rows=0:1000000000", f"--out={tmp_path}/a.csv")
    environment = {**os.environ, "NAMESMITH_ADDRESS": server}
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE) as process:
        while not list(tmp_path.iterdir()):
            assert process.poll() is None
        process.send_signal(number)
        _, error = process.communicate(timeout=60)
    assert (process.returncode, error) == (128 + number, b"")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--count=3", "--rows=0:3"), "--count and --rows: one of both is expected"),
        (("--out=a.csv", "--seed=1"), "--part and --out need --rows"),
        (("--part=0/2",), "--part and --out need --rows"),
        (("--rows=0:3", "--out=a.csv"), "--out needs --seed"),
        (("--rows=0:3", "--out=a.txt", "--seed=1"), "--out: a.txt: .csv, .jsonl"),
        (("--rows=0:3", "--out=a.csv", "--seed=1", "--json"), "not --format"),
        (("--rows=0:3", "--out=a.csv", "--seed=1", "--distinct"), "are not independent"),
        (("--rows=3:3",), "3:3: FIRST < END <= 2^62 is expected"),
        (("--rows=3",), "3 is not FIRST:END"),
        (("--rows=0:3", "--part=3/3"), "3/3 is not I/PARTS with I < PARTS"),
        (("--rows=0:3", "--part=3/4"), "--part: 3 rows have no 4 parts"),
    ],
    ids=str,
)
def test_options_that_do_not_fit_are_refused(options: tuple[str, ...], message: str) -> None:
    """No server is asked."""
    done = CliRunner().invoke(namesmith, ["--address=127.0.0.1:1", "generate", *options])
    assert done.exit_code == 2
    assert message in done.output
