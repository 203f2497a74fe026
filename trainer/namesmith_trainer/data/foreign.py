"""Names the files that hold no list: by their first bytes, by markup, or by their encoding."""

import re

from namesmith_trainer.data.errors import DataError

KINDS = {
    b"PK\x03\x04": "a ZIP archive or a spreadsheet: unpack it, or save the sheet as CSV in UTF-8",
    b"\xd0\xcf\x11\xe0": "an Office document: save the sheet as CSV in UTF-8",
    b"\x28\xb5\x2f\xfd": "packed by zstd: unpack it with `zstd -d`",
    b"7z\xbc\xaf": "a 7z archive: unpack it",
    b"Rar!": "a RAR archive: unpack it",
    b"%PDF": "a PDF document: save its text, a name a line",
    b"{\\rtf": "an RTF document: save it as plain text",
    b"SQLite format 3\0": "an SQLite database: export the names, a name a line",
    b"PAR1": "a Parquet table: export the column of names as CSV in UTF-8",
    b"\x89PNG": "a PNG picture, and holds no list of names",
    b"\xff\xd8\xff": "a JPEG picture, and holds no list of names",
    b"GIF87a": "a GIF picture, and holds no list of names",
    b"GIF89a": "a GIF picture, and holds no list of names",
    b"\x7fELF": "an ELF program, and holds no list of names",
    b"\xca\xfe\xba\xbe": "a Java class or a macOS program, and holds no list of names",
    b"MZ\x90\0": "a Windows program, and holds no list of names",
}
"""The kind of a file that is not read, and the way to its names, by the first bytes of the file."""

MARKUP = ("<!doctype", "<html", "<?xml", "<svg")
"""Beginnings of a page or a document of markup, in lower case."""

TAR = slice(257, 262)
"""Place of the bytes ``ustar`` in a tar archive."""

BYTE = re.compile("[\udc80-\udcff]")
"""Pattern of the characters that stand for bytes which are not UTF-8."""

HIGH = re.compile("[^\0-\x7f]")
"""Pattern of the characters outside ASCII."""

SHIFT = "\x1b$"
"""Beginning of the kanji of ISO-2022-JP."""


def check_kind(title: str, raw: bytes) -> None:
    """Raise ``DataError`` where the first bytes of a file are those of a kind that is not read."""
    kind = next((kind for magic, kind in KINDS.items() if raw.startswith(magic)), None)
    if kind is None and raw[TAR] == b"ustar":
        kind = "a tar archive: unpack it"
    if kind:
        raise DataError(f"{title}: is {kind}")


def check_text(title: str, text: str) -> None:
    """Raise ``DataError`` where a text is markup, JSON, or mostly in another encoding than UTF-8.

    Args:
        title: name of the source in messages.
        text: text in which each byte that is not UTF-8 is a surrogate, U+DC80 to U+DCFF.
    """
    begins, ends = text[:64].lstrip()[:10].lower(), text[-64:].rstrip()[-1:]
    if begins.startswith(MARKUP):
        kind = "a page or another document of markup: save the names alone, a name a line"
    elif (begins[:1], ends) in {("[", "]"), ("{", "}")}:
        kind = "JSON: write a name a line, as `jq -r '.[]'` does with an array of names"
    elif SHIFT in text:
        kind = "ISO-2022-JP: `iconv -f ISO-2022-JP -t UTF-8` brings it into UTF-8"
    elif BYTE.search(text):
        kind = _encoding(text)
    else:
        return
    if kind:
        raise DataError(f"{title}: is {kind}")


def _encoding(text: str) -> str:
    """Return the advice for a text of which most lines are not UTF-8; empty for other texts."""
    lines = [line for line in text.split("\n") if line.strip()]
    bad = [line for line in lines if BYTE.search(line)]
    if 2 * len(bad) <= len(lines):
        return ""
    told = (
        f"not UTF-8 in {len(bad):,} of {len(lines):,} lines: no text, or text in another encoding"
    )
    if 2 * sum(len(HIGH.findall(line)) for line in bad) <= sum(map(len, bad)):
        return f"{told}, often Windows-1252, which `iconv -f WINDOWS-1252 -t UTF-8` undoes"
    return (
        f"{told}, which `iconv -f ENCODING -t UTF-8` undoes, where ENCODING is its own, such as"
        " WINDOWS-1251, WINDOWS-1253, SHIFT_JIS, EUC-JP, GB18030 or BIG5"
    )
