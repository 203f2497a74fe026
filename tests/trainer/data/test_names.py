"""Tests of reading names and of cutting them into splits."""

import os
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from namesmith_trainer.data import DataError, Names

ICONV = "`iconv -f WINDOWS-1252 -t UTF-8`"
"""Command that a message recommends."""


def write(folder: Path, raw: bytes) -> str:
    """Write a data file with the given bytes and return its path."""
    path = folder / "names.txt"
    path.write_bytes(raw)
    return str(path)


def test_marks_line_ends_and_blanks_are_dropped(tmp_path: Path) -> None:
    """A byte-order mark, CRLF, blank lines and blanks around a name are no part of a name."""
    source = write(tmp_path, b"\xef\xbb\xbfana\r\n\r\n  zo\xc3\xa9 \n\nmia")
    assert Names.read(source).names == ("ana", "zoé", "mia")


def test_names_are_brought_into_form_nfc(tmp_path: Path) -> None:
    """A combining accent joins its letter, because a server compares names in form NFC."""
    source = write(tmp_path, "zoe\u0301\n".encode())
    assert Names.read(source).names == ("zo\u00e9",)


def test_duplicates_are_kept_unless_distinct(tmp_path: Path) -> None:
    """The notebook keeps repeated names; ``distinct`` keeps the first of equal names."""
    source = write(tmp_path, b"ana\nmia\nana\n")
    assert Names.read(source).names == ("ana", "mia", "ana")
    assert Names.read(source, distinct=True).names == ("ana", "mia")


@pytest.mark.parametrize(
    ("raw", "fault"),
    [
        (b"ana\n\xff\n", "line 2: not UTF-8"),
        (b"\n \n", "holds no names: all lines are blank"),
        (b"ana\n" + b"a" * 1025, "line 2: 1,025 characters, at most 1,024 are taken"),
        ("ana\nm\u2028a\n".encode(), r"line 2: 'm\u2028a' contains '\u2028'"),
        ("ana\n\ufeffmia\n".encode(), r"line 2: '\ufeffmia' contains a byte-order mark"),
        (b"ana\nm\ta\nlea\n", r"line 2: 'm\ta' contains '\t'"),
        (b"ana\nm\0a\n", r"line 2: 'm\x00a' contains '\x00'"),
    ],
)
def test_a_refused_name_is_reported_with_file_and_line(
    tmp_path: Path, raw: bytes, fault: str
) -> None:
    """The error begins with the file and names the line and the fault."""
    source = write(tmp_path, raw)
    with pytest.raises(DataError) as caught:
        Names.read(source)
    assert str(caught.value).startswith(source)
    assert fault in str(caught.value)


def test_all_that_cannot_be_taken_is_told_at_once(tmp_path: Path) -> None:
    """The number, the first lines and the reasons are told; ``skip_invalid`` leaves all out."""
    source = write(tmp_path, b"ana\n" + b"m\xe9a\n" * 3 + b"m\0a\n" * 4 + b"zoe\n")
    with pytest.raises(DataError) as caught:
        Names.read(source)
    assert str(caught.value).splitlines() == [
        f"{source}: 7 lines cannot be taken; --skip-invalid leaves them out",
        *(f"  line {line}: not UTF-8" for line in (2, 3, 4)),
        *(rf"  line {line}: 'm\x00a' contains '\x00'" for line in (5, 6)),
        "  and 2 more",
        f"  text that is not UTF-8 is often Windows-1252: {ICONV} brings it into UTF-8",
    ]
    names = Names.read(source, skip_invalid=True)
    assert (names.names, names.skipped) == (("ana", "zoe"), 7)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    """The error names the file that does not exist."""
    with pytest.raises(DataError, match=r"absent\.txt: No such file"):
        Names.read(str(tmp_path / "absent.txt"))


def test_splits_equal_the_notebooks() -> None:
    """Code copied from the notebook cuts the same splits."""
    data = Names.read("us-names")
    words = list(data.names)
    random.seed(42)
    random.shuffle(words)
    n1, n2 = int(0.8 * len(words)), int(0.9 * len(words))
    assert data.splits() == {"train": words[:n1], "val": words[n1:n2], "test": words[n2:]}


def test_us_names_holds_29_910_distinct_names() -> None:
    """The built-in data set holds 29,910 distinct names of the letters a to z."""
    data = Names.read("us-names")
    assert len(set(data.names)) == len(data.names) == 29_910
    assert data.vocabulary().symbols == tuple(".abcdefghijklmnopqrstuvwxyz")


@pytest.mark.parametrize(
    ("raw", "use", "fault"),
    [
        (b"ana\nmia\nzoe\n", Names.splits, "3 names leave the val split empty; 10 names suffice"),
        (b"ana\n", Names.splits, "1 name leaves the train split empty"),
        (b"a\naa\naaa\n", Names.vocabulary, "'a' is the only character"),
    ],
)
def test_too_few_names_or_characters_are_refused(
    tmp_path: Path, raw: bytes, use: Callable[[Names], object], fault: str
) -> None:
    """Too few names for three splits, or a single character, are reported with the file."""
    source = write(tmp_path, raw)
    with pytest.raises(DataError, match=fault) as caught:
        use(Names.read(source))
    assert str(caught.value).startswith(source)


def test_a_file_name_that_is_not_utf_8_is_refused(tmp_path: Path) -> None:
    """A manifest holds the file's name as UTF-8."""
    path = tmp_path / os.fsdecode(b"bad\xff.txt")
    path.write_bytes(b"ana\nmia\n")
    with pytest.raises(DataError, match=r"bad\?\.txt: the file's name is not UTF-8"):
        Names.read(str(path))
