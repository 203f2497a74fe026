"""``TextFile``: the text that bytes stand for, whatever packed or encoded them.

Bytes are unpacked (gzip, bzip2, xz) and decoded (UTF-8; UTF-16 and UTF-32 by their byte-order mark
or by their NUL bytes).
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
from namesmith_trainer.data.faults import MARK
from namesmith_trainer.data.foreign import check_kind, check_text
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
PACKINGS = 4
"""Number of packings, one inside another, that are undone."""

PADDING = "\0\x1a"
"""Characters behind the last line that end a text on some systems."""


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
    raw, forms = _unpacked(source)
    check_kind(source.title, raw)
    encoding, text = _decoded(source.title, raw)
    if encoding != "utf-8":
        forms.append(encoding.upper().removesuffix("-LE").removesuffix("-BE"))
    text = text.lstrip(MARK).replace("\r\n", "\n").replace("\r", "\n")
    check_text(source.title, text)
    if "\n" not in text:
        return TextFile(text.replace("\0", "\n"), tuple(forms))
    if not set(PADDING).isdisjoint(text[-2:]):
        text = text.rstrip(f"{PADDING}\n")
    return TextFile(text, tuple(forms))


def _unpacked(source: Source) -> tuple[bytes, list[str]]:
    """Return the bytes of a source without their packings, and these.

    Raises:
        DataError: a packing is damaged, or there are more than ``PACKINGS``.
    """
    raw = source.raw
    forms: list[str] = []
    while packed := next((kind for magic, kind in PACKED.items() if raw.startswith(magic)), None):
        packing, reader = packed
        if len(forms) == PACKINGS:
            raise DataError(f"{source.title}: is packed more than {PACKINGS} times: unpack it")
        forms.append(packing)
        try:
            raw = read_bytes(source.title, reader(io.BytesIO(raw)))
        except (OSError, EOFError, zlib.error, lzma.LZMAError) as error:
            raise DataError(f"{source.title}: packed by {packing}, and damaged") from error
    return raw, forms


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
        for encoding in ("utf-16-le", "utf-16-be") if len(raw) % 2 else ():
            if _wide(raw[:-1], encoding) is not None:
                raise DataError(
                    f"{title}: is {encoding.upper()}, and is damaged: its {len(raw):,} bytes end"
                    " in half a character"
                )
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
