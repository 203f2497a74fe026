"""Files of excluded texts: their texts, and the words for their faults."""

import hashlib
from pathlib import Path

import pytest

from namesmith.excluded_texts import (
    MAX_FILE_BYTES,
    ExcludedTextsError,
    read_excluded_texts,
    sha256_of_texts,
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return the path of a file that is not there yet."""
    return tmp_path / "words.txt"


def test_texts_are_lines_without_blanks_and_comments(file: Path) -> None:
    """A byte order mark, CRLF, blanks around a text and lines without a text change nothing."""
    file.write_bytes("\ufeffan\r\n\n  # none\n\t zoë \nnn".encode())
    assert read_excluded_texts(file) == ("an", "zoë", "nn")


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"an\n\xff\n", "line 2 is not UTF-8 text"),
        (b"a\n" + b"b" * 65, "line 2 has 65 characters, at most 64 are allowed"),
        (b"aa\rbb\rcc", "line 1 has a control character"),
        ("an\nel\n".encode("utf-16-le"), "UTF-16 or compressed"),
        ("an\n".encode("utf-16"), "UTF-16 or compressed"),
        (b"\x1f\x8b\x08", "UTF-16 or compressed"),
        (b"a\n" * 10_001, "10001 texts, at most 10000 are allowed"),
        (b"ab" * 30 + b"\n" + (b"c" * 60 + b"\n") * 1_700, "102060 characters, at most 100000"),
        (b"#" * (MAX_FILE_BYTES + 1), f"more than {MAX_FILE_BYTES} bytes"),
    ],
)
def test_a_fault_names_the_file_and_the_line(file: Path, content: bytes, fault: str) -> None:
    """The message holds none of the texts."""
    file.write_bytes(content)
    with pytest.raises(ExcludedTextsError, match=fault) as caught:
        read_excluded_texts(file)
    assert str(caught.value).startswith(f"{file}: ")


def test_a_missing_file_is_a_fault(file: Path) -> None:
    """The message is the system's."""
    with pytest.raises(ExcludedTextsError, match="No such file or directory"):
        read_excluded_texts(file)


def test_texts_have_one_hash_in_any_order() -> None:
    """It is that of the sorted distinct lines; without texts there is none."""
    expected = hashlib.sha256("an\nzoë\n".encode()).hexdigest()
    assert sha256_of_texts(["zoë", "an", "zoë"]) == sha256_of_texts(["an", "zoë"]) == expected
    assert sha256_of_texts([]) == ""
