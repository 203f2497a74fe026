"""Files of texts that stand nowhere in a name: UTF-8, a text a line.

Blanks around a text are no part of it; blank lines and lines that begin with ``#`` are skipped.
"""

import hashlib
import unicodedata
from collections.abc import Iterable, Iterator
from pathlib import Path

from namesmith import limits

MAX_FILE_BYTES = 4 << 20
"""Size in bytes of the largest file that is read."""

MARK = "\N{ZERO WIDTH NO-BREAK SPACE}"
"""The byte order mark, decoded: it may stand before the first line."""


class ExcludedTextsError(ValueError):
    """The file cannot be used; the message names the file, and the line, and no text of it."""


def read_excluded_texts(path: Path) -> tuple[str, ...]:
    """Return the texts of a file.

    Raises:
        ExcludedTextsError: the file cannot be read, is larger than ``MAX_FILE_BYTES``, has a line
            that is not UTF-8, a text that is too long or has a control character, or too many texts
            or characters.
    """
    try:
        with path.open("rb") as file:
            content = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise ExcludedTextsError(f"{path}: {error.strerror}") from error
    if len(content) > MAX_FILE_BYTES:
        raise ExcludedTextsError(f"{path}: more than {MAX_FILE_BYTES} bytes")
    texts = tuple(_texts(path, content))
    for noun, number, most in (
        ("texts", len(texts), limits.MAX_EXCLUDED_TEXTS),
        ("characters", sum(map(len, texts)), limits.MAX_EXCLUDED_CHARACTERS),
    ):
        if number > most:
            raise ExcludedTextsError(f"{path}: {number} {noun}, at most {most} are allowed")
    return texts


def sha256_of_texts(texts: Iterable[str]) -> str:
    """Return the SHA-256 of texts, in hexadecimal; of none, an empty text.

    It is that of the distinct texts, sorted by code points, a line feed behind each, in UTF-8: the
    same for every order of the lines of a file.
    """
    lines = "".join(f"{text}\n" for text in sorted(set(texts)))
    return hashlib.sha256(lines.encode()).hexdigest() if lines else ""


def _texts(path: Path, content: bytes) -> Iterator[str]:
    if b"\0" in content or content.startswith((b"\x1f\x8b", b"\xff\xfe", b"\xfe\xff")):
        raise ExcludedTextsError(f"{path}: UTF-16 or compressed, UTF-8 text is expected")
    for number, line in enumerate(content.replace(b"\r\n", b"\n").split(b"\n"), 1):
        try:
            text = line.decode()
        except UnicodeDecodeError:
            raise ExcludedTextsError(f"{path}: line {number} is not UTF-8 text") from None
        text = (text.removeprefix(MARK) if number == 1 else text).strip()
        if not text or text.startswith("#"):
            continue
        if any(unicodedata.category(one) == "Cc" for one in text):
            told = "a control character; lines end with LF or CRLF"
            raise ExcludedTextsError(f"{path}: line {number} has {told}")
        most = limits.MAX_EXCLUDED_TEXT_CHARACTERS
        if len(text) > most:
            told = f"line {number} has {len(text)} characters, at most {most} are allowed"
            raise ExcludedTextsError(f"{path}: {told}")
        yield text
