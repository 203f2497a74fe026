"""Names that commands read from files and from standard input."""

from pathlib import Path

import pytest

from terminal import run


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
    """Lines are counted from 1, of a file and of standard input, blank ones included."""
    (tmp_path / "names.txt").write_text(text)
    for title, arguments in (
        (str(tmp_path / "names.txt"), ("evaluate", "--names", str(tmp_path / "names.txt"))),
        ("standard input", ("evaluate", "--names", "-")),
    ):
        result = run(server, *arguments, given=text.encode())
        assert (result.returncode, result.stdout) == (1, "")
        assert result.stderr.startswith(f"Error: {title}: line {line}: {fault}")


def test_names_that_are_not_utf8_are_wrong_usage(server: str) -> None:
    """Bytes that are no text are refused, and the message tells their line."""
    for arguments in (("score", "-"), ("evaluate", "--names", "-")):
        result = run(server, *arguments, given=b"anna\n\n\xff\xfe\n")
        assert result.returncode == 2
        assert "standard input: line 3 is not UTF-8 text" in result.stderr


def test_score_and_evaluate_read_names_by_the_same_rules(server: str) -> None:
    """Blank lines are skipped, blanks around a name are dropped, a fault is told by its line."""
    scored = run(server, "score", "-", given=b" anna\n\n\totto \r\n")
    assert [line.split("\t")[0] for line in scored.stdout.splitlines()] == ["anna", "otto"]
    for arguments in (("score", "-"), ("evaluate", "--names", "-")):
        result = run(server, *arguments, given=b"anna\n\n  ot3o\n")
        assert result.returncode == 1
        assert result.stderr.startswith("Error: standard input: line 3: character '3'")
