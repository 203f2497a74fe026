"""Tests of the forms in which lists of names come: encodings, packings and line ends."""

import bz2
import csv
import gzip
import io
import lzma
import re
import sys
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from unicodedata import category, normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st

from namesmith_trainer.data import DataError, Names, source

PLAIN = ("Zoë", "Mr. Mime", "李小龍", "Smith, John")
"""Names of several scripts, with marks that mean something in tables."""

LINES = "".join(f"{name}\n" for name in PLAIN)
"""The names, a name a line."""


def write(folder: Path, raw: bytes) -> str:
    """Write a data file with the given bytes and return its path."""
    path = folder / "names.txt"
    path.write_bytes(raw)
    return str(path)


def packed(mode: str) -> bytes:
    """Return a tar archive of the names, packed by a mode of ``tarfile``."""
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode=f"w{mode}") as archive:
        about = tarfile.TarInfo("names.txt")
        about.size = len(LINES.encode())
        archive.addfile(about, io.BytesIO(LINES.encode()))
    return raw.getvalue()


def zipped() -> bytes:
    """Return a ZIP archive of the names."""
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w") as archive:
        archive.writestr("names.txt", LINES)
    return raw.getvalue()


def gzipped(raw: bytes, times: int) -> bytes:
    """Return bytes that are packed by gzip several times."""
    return gzipped(gzip.compress(raw), times - 1) if times else raw


READ = {
    "UTF-8": (LINES.encode(), ()),
    "UTF-8 with its mark": (LINES.encode("utf-8-sig"), ()),
    "UTF-8 with two marks": (b"\xef\xbb\xbf" + LINES.encode("utf-8-sig"), ()),
    "UTF-16 with its mark": (LINES.encode("utf-16"), ("UTF-16",)),
    "UTF-16, big-endian": (b"\xfe\xff" + LINES.encode("utf-16-be"), ("UTF-16",)),
    "UTF-16 without its mark": (LINES.encode("utf-16-le"), ("UTF-16",)),
    "UTF-16, big-endian, without its mark": (LINES.encode("utf-16-be"), ("UTF-16",)),
    "UTF-32": (LINES.encode("utf-32"), ("UTF-32",)),
    "UTF-32 without its mark": (LINES.encode("utf-32-le"), ("UTF-32",)),
    "gzip": (gzip.compress(LINES.encode()), ("gzip",)),
    "gzip inside gzip": (gzipped(LINES.encode(), 2), ("gzip", "gzip")),
    "gzip of UTF-16": (gzip.compress(LINES.encode("utf-16")), ("gzip", "UTF-16")),
    "two parts of gzip": (
        gzip.compress(LINES[:5].encode()) + gzip.compress(LINES[5:].encode()),
        ("gzip",),
    ),
    "bzip2": (bz2.compress(LINES.encode()), ("bzip2",)),
    "xz": (lzma.compress(LINES.encode()), ("xz",)),
    "CRLF": (LINES.replace("\n", "\r\n").encode(), ()),
    "CR": (LINES.replace("\n", "\r").encode(), ()),
    "NUL": (LINES.replace("\n", "\0").encode(), ()),
    "a NUL behind the last line": (LINES.encode() + b"\0", ()),
    "a NUL at the end of the last line": (LINES.rstrip("\n").encode() + b"\0\n", ()),
    "tabs at the ends": (LINES.replace("\n", "\t\n").encode(), ()),
    "no line end at the end": (LINES.rstrip("\n").encode(), ()),
}
"""Bytes of the same names by their form, and the words that the form has in messages."""


@pytest.mark.parametrize("form", READ)
def test_names_are_the_same_in_every_form(tmp_path: Path, form: str) -> None:
    """Encodings, packings and line ends are recognised, and no part of a name."""
    raw, words = READ[form]
    names = Names.read(write(tmp_path, raw))
    assert (names.names, names.forms, names.column) == (PLAIN, words, "")


NAMED = {
    "nothing": (b"", "holds no names: it is empty"),
    "blanks": (b" \n\t\n\r\n", "holds no names: all lines are blank"),
    "a heading": (b"name,n\n", "holds no names: there are none below its heading"),
    "ZIP": (zipped(), "is a ZIP archive or a spreadsheet: unpack it"),
    "tar": (packed(""), "is a tar archive: unpack it"),
    "tar and gzip": (packed(":gz"), "is a tar archive: unpack it"),
    "zstd": (b"\x28\xb5\x2f\xfd\x20\x04", "is packed by zstd: unpack it with `zstd -d`"),
    "PDF": (b"%PDF-1.7\n", "is a PDF document"),
    "SQLite": (b"SQLite format 3\0\x10", "is an SQLite database"),
    "HTML": (b"\n<!DOCTYPE html>\n<p>ana", "is a page or another document of markup"),
    "JSON": (b'["ana",\n"mia"]\n', "is JSON: write a name a line, as `jq -r '.[]'` does"),
    "half of gzip": (gzip.compress(LINES.encode())[:-20], "packed by gzip, and damaged"),
    "no gzip": (b"\x1f\x8bana\n", "packed by gzip, and damaged"),
    "half of xz": (lzma.compress(LINES.encode())[:-20], "packed by xz, and damaged"),
    "half of UTF-16": (
        LINES.encode("utf-16")[:-1],
        "begins with the mark of UTF-16-LE, and is dam",
    ),
    "a heading of counts": (b"name,count\n", "holds no names: there are none below its heading"),
    "PNG": (b"\x89PNG\r\n\x1a\n" + bytes(50), "is a PNG picture"),
    "JPEG": (b"\xff\xd8\xff\xe0\0\x10JFIF\n", "is a JPEG picture"),
    "GIF": (b"GIF89a\n", "is a GIF picture"),
    "ELF": (b"\x7fELF\2\1\1" + bytes(50), "is an ELF program"),
    "Java": (b"\xca\xfe\xba\xbe\0\0\0\x3d", "is a Java class"),
    "Windows": (b"MZ\x90\0\3", "is a Windows program"),
    "gzip five times": (gzipped(LINES.encode(), 5), "is packed more than 4 times"),
    "half of UTF-16 without its mark": (
        LINES.encode("utf-16-le")[:-1],
        "is UTF-16-LE, and is damaged: its",
    ),
    "ISO-2022-JP": ("佐藤\n鈴木\n".encode("iso2022_jp"), "is ISO-2022-JP: `iconv -f ISO-2022-JP"),
    "commas in one line": (b"ana, mia, zoe, lea\n", "is one line with 3 commas: write a name a"),
    "semicolons in one line": (b"ana;mia;zoe", "is one line with 2 semicolons: write a name a"),
    "counts": (
        b"ana,12\nmia,3\n",
        "as in 'ana,12': --weights reads names and counts, --column 1 the names alone",
    ),
    "columns": (
        b"ana,f\nmia,f\n",
        "as in 'ana,f': --column 1 takes the names of one; a name that holds the character",
    ),
    "tabs": (b"ana\tf\nmia\tf\n", "is a table of 2 columns between tabs, as in 'ana\\tf'"),
    "one line of tabs": (b"ana\tf\n", "is a table of 2 columns between tabs"),
    "headings": (
        b"first;last\nana;may\nmia;june\n",
        "--column 1 takes the names of one, --column first those below this heading",
    ),
    "two headings of names": (
        b"Vorname,Nachname\nana,may\nmia,june\n",
        "as in 'ana,may': --column Vorname takes the names of one",
    ),
    "a heading of two words": (b"the one,b\nana,c\nmia,d\n", "--column 'the one' those below"),
}
"""Bytes that are not read without more, by what they are, and the message's words."""


@pytest.mark.parametrize("kind", NAMED)
def test_a_file_that_is_not_read_is_named(tmp_path: Path, kind: str) -> None:
    """The message is one line, begins with the file, and says what the file is and what helps."""
    raw, words = NAMED[kind]
    path = write(tmp_path, raw)
    with pytest.raises(DataError) as caught:
        Names.read(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("encoding", "names", "advice"),
    [
        ("cp1253", ("Αθηνά", "Νίκος", "Μαρία"), "iconv -f ENCODING -t UTF-8"),
        ("shift_jis", ("佐藤", "鈴木", "田中"), "iconv -f ENCODING -t UTF-8"),
        ("euc_jp", ("佐藤", "鈴木", "田中"), "iconv -f ENCODING -t UTF-8"),
        ("latin-1", ("Zoë", "Éva", "André"), "iconv -f WINDOWS-1252 -t UTF-8"),
    ],
)
def test_a_file_in_another_encoding_is_refused_as_a_whole(
    tmp_path: Path, encoding: str, names: tuple[str, ...], advice: str
) -> None:
    """Where most lines are not UTF-8, leaving them out would leave another list."""
    path = write(tmp_path, "\n".join([*names, "ana"]).encode(encoding))
    with pytest.raises(DataError, match=re.escape(advice)) as caught:
        Names.read(path, skip_invalid=True)
    assert "is not UTF-8 in 3 of 4 lines" in str(caught.value)


def test_standard_input_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """``-`` stands for standard input, which the manifest calls stdin."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(LINES.encode("utf-16"))))
    read = Names.read("-")
    assert (read.source, read.name, read.names) == ("standard input", "stdin", PLAIN)
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(DataError, match="standard input: is closed"):
        Names.read("-")


def test_a_file_of_too_many_bytes_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The bound holds for a file, and for what a packed file unpacks to."""
    monkeypatch.setattr(source, "MAX_BYTES", 1_000)
    for raw in (b"ana\n" * 300, gzip.compress(b"ana\n" * 300)):
        with pytest.raises(DataError, match="more than 1,000 bytes"):
            Names.read(write(tmp_path, raw))


def test_names_in_lower_case_are_names_that_a_server_compares(tmp_path: Path) -> None:
    """``lower`` brings every name into lower case, in form NFC."""
    read = Names.read(write(tmp_path, "ZOE\u0308\nÉva\nİREM\n".encode()), lower=True)
    assert read.names == ("zoë", "éva", "i\u0307rem")
    assert read.lower


CHARACTERS = st.characters(exclude_categories=("Cc", "Zl", "Zp", "Cs"), exclude_characters="\ufeff")
"""Characters that a name may hold."""


def is_a_name(text: str) -> bool:
    """Tell whether a text is a name as it stands: in form NFC, without blanks around it."""
    return bool(text) and text == normalize("NFC", text).strip()


def rows(names: list[str], delimiter: str) -> str:
    """Return a table of names and counts."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter)
    writer.writerow(["name", "count"])
    writer.writerows([name, 1] for name in names)
    return out.getvalue()


def lines(end: str) -> Callable[[list[str]], str]:
    """Return the function that writes names as lines; the first is one that no form mistakes."""
    return lambda names: "".join(f"{name}{end}" for name in names)


TEXTS: dict[str, Callable[[list[str]], str]] = {
    "LF": lines("\n"),
    "CRLF": lines("\r\n"),
    "CR": lines("\r"),
    "CSV": lambda names: rows(names, ","),
    "TSV": lambda names: rows(names, "\t"),
    "semicolons": lambda names: rows(names, ";"),
}
"""Functions that write names as a text."""

BYTES: dict[str, Callable[[str], bytes]] = {
    "UTF-8": str.encode,
    "mark": lambda text: text.encode("utf-8-sig"),
    "UTF-16": lambda text: text.encode("utf-16"),
    "UTF-32": lambda text: text.encode("utf-32"),
    "gzip": lambda text: gzip.compress(text.encode()),
}
"""Functions that write a text as bytes."""


@given(
    names=st.lists(st.text(CHARACTERS, max_size=9).filter(is_a_name), min_size=1, max_size=8),
    text=st.sampled_from(list(TEXTS)),
    encoding=st.sampled_from(list(BYTES)),
)
def test_any_names_are_read_back_equal(
    tmp_path_factory: pytest.TempPathFactory, names: list[str], text: str, encoding: str
) -> None:
    """Names of any characters come back from every form, beside names that show what it is."""
    given = ["anna", "O'Neil and Mary Ann", *names, "anna", "bob", "carl"]
    assert {category(one) for name in given for one in name}.isdisjoint({"Cc", "Zl", "Zp", "Cs"})
    path = write(tmp_path_factory.getbasetemp(), BYTES[encoding](TEXTS[text](given)))
    is_table = text not in {"LF", "CRLF", "CR"}
    read = Names.read(path, weights=is_table)
    assert list(read.names) == given
    assert read.counts == ((1,) * len(given) if is_table else None)
