"""``TextFile``: the text that bytes stand for, whatever packed or encoded them.

Bytes are unpacked (gzip, bzip2, xz) and decoded (UTF-8; UTF-16 and UTF-32 by their byte-order mark
or by their NUL bytes). Bytes that are no text are named as the kind of file that they are.
"""

import bz2
import codecs
import gzip
import io
import lzma
import unicodedata
import zlib
from collections.abc import Callable
from typing import NamedTuple

from namesmith_trainer.data.errors import DataError
from namesmith_trainer.data.source import Source, Stream, read_bytes

PACKED: dict[bytes, tuple[str, Callable[[io.BytesIO], Stream]]] = {
    b"\x1f\x8b": ("gzip", gzip.open),
    b"BZh": ("bzip2", bz2.open),
    b"\xfd7zXZ\0": ("xz", lzma.open),
}
"""Name of each packing that is undone, and its reader, by the first bytes of what is packed."""

MARKS = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF32_LE: "utf-32-le",  # begins with the mark of UTF-16, and is tried before it
    codecs.BOM_UTF32_BE: "utf-32-be",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}
"""Encoding of each byte-order mark."""

FOREIGN = {
    b"PK\x03\x04": "a ZIP archive or a spreadsheet: unpack it, or save the sheet as CSV in UTF-8",
    b"\xd0\xcf\x11\xe0": "an Office document: save the sheet as CSV in UTF-8",
    b"\x28\xb5\x2f\xfd": "packed by zstd: unpack it with `zstd -d`",
    b"7z\xbc\xaf": "a 7z archive: unpack it",
    b"Rar!": "a RAR archive: unpack it",
    b"%PDF": "a PDF document: save its text, a name a line",
    b"{\\rtf": "an RTF document: save it as plain text",
    b"SQLite format 3\0": "an SQLite database: export the names, a name a line",
    b"PAR1": "a Parquet table: export the column of names as CSV in UTF-8",
}
"""The kind of a file that is not read, and the way to its names, by the first bytes of the file."""

MARKUP = ("<!doctype", "<html", "<?xml", "<svg")
"""Beginnings of a page or a document of markup, in lower case."""

TAR = slice(257, 262)
"""Place of the bytes ``ustar`` in a tar archive."""


class TextFile(NamedTuple):
    """The text of a source.

    Attributes:
        text: the text; its lines end in LF. Each byte that is not UTF-8 is a surrogate, U+DC80 to
            U+DCFF.
        forms: packing and encoding, where there is a packing or the encoding is not UTF-8.
    """

    text: str
    forms: tuple[str, ...]


def read_text(source: Source) -> TextFile:
    """Unpack and decode the bytes of a source; LF, CRLF, CR, or NUL alone ends its lines.

    Raises:
        DataError: the bytes are no text; the message names their kind and the way to the names.
    """
    raw, forms = source.raw, []
    for magic, (packing, reader) in PACKED.items():
        if source.raw.startswith(magic):
            forms.append(packing)
            try:
                raw = read_bytes(source.title, reader(io.BytesIO(source.raw)))
            except (OSError, EOFError, zlib.error, lzma.LZMAError) as error:
                raise DataError(f"{source.title}: packed by {packing}, and damaged") from error
    encoding, text = _decoded(source.title, raw)
    if encoding != "utf-8":
        forms.append(encoding.upper().removesuffix("-LE").removesuffix("-BE"))
    fault = _foreign(raw, text)
    if fault:
        raise DataError(f"{source.title}: is {fault}")
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return TextFile(text if "\n" in text else text.replace("\0", "\n"), tuple(forms))


def _decoded(title: str, raw: bytes) -> tuple[str, str]:
    """Return the encoding of bytes, and their text without a byte-order mark."""
    for mark, encoding in MARKS.items():
        if raw.startswith(mark):
            try:
                errors = "surrogateescape" if encoding == "utf-8" else "strict"
                return encoding, raw[len(mark) :].decode(encoding, errors)
            except UnicodeDecodeError as error:
                raise DataError(
                    f"{title}: begins with the mark of {encoding.upper()}, and is damaged at byte"
                    f" {len(mark) + error.start:,}"
                ) from error
    if b"\0" in raw:
        for encoding in ("utf-32-le", "utf-32-be", "utf-16-le", "utf-16-be"):
            text = _wide(raw, encoding)
            if text is not None:
                return encoding, text
    return "utf-8", raw.decode("utf-8", "surrogateescape")


def _wide(raw: bytes, encoding: str) -> str | None:
    """Return the text of bytes without a mark, where they are text in UTF-16 or UTF-32.

    Most pairs of bytes are some character in UTF-16. But each line end of such a text has its byte,
    and each such byte is a line end's, which is not so in other bytes.
    """
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError:
        return None
    ends = text.count("\n"), text.count("\r")
    if not any(ends) or ends != (raw.count(b"\n"), raw.count(b"\r")):
        return None
    kinds = {unicodedata.category(one) for one in set(text) - {"\n", "\r", "\t"}}
    return None if kinds & {"Cc", "Cn", "Co"} else text


def _foreign(raw: bytes, text: str) -> str | None:
    """Return the kind of a file that holds no list of names, and the way to its names."""
    for magic, kind in FOREIGN.items():
        if raw.startswith(magic):
            return kind
    if raw[TAR] == b"ustar":
        return "a tar archive: unpack it"
    begins, ends = text[:64].lstrip()[:10].lower(), text[-64:].rstrip()[-1:]
    if begins.startswith(MARKUP):
        return "a page or another document of markup: save the names alone, a name a line"
    if (begins[:1], ends) in {("[", "]"), ("{", "}")}:
        return "JSON: write a name a line, as `jq -r '.[]'` does with an array of names"
    return None
