"""Bearer tokens: a file of names and SHA-256 hashes, and the check of the token of a call.

The file never holds a token. A name may stand in several lines, so that a caller's old and new
tokens are both valid while it changes them.
"""

import hmac
import re
import secrets
from collections.abc import Iterator
from hashlib import blake2b, sha256
from pathlib import Path
from typing import NamedTuple

from namesmith_server.app.errors import TokensError

MAX_FILE_BYTES = 1 << 20
"""Size of the largest file of tokens."""

MAX_TOKENS = 4_096
"""Largest number of tokens."""

MAX_HEADER = 1_024
"""Largest number of characters of an ``authorization`` that is looked at."""

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@/-]{0,63}")
"""A caller's name."""

HASH = re.compile(r"[0-9A-Fa-f]{64}")
"""A SHA-256 in hexadecimal digits."""

EMPTY = sha256(b"").digest()
"""Hash of the empty token, which nobody has meant: a script hashed a file that was not there."""

KEY_BYTES = 32
"""Number of bytes of the key of this process."""


class Known(NamedTuple):
    """A token that is known by its hash.

    Attributes:
        digest: SHA-256 of the token.
        name: name of its caller.
    """

    digest: bytes
    name: str


class Tokens:
    """The tokens that callers may show.

    A token is found under a hash with a key of this process, so that the time of the search tells
    nothing about a token, and is the same for one token and for thousands.
    """

    def __init__(self, known: Iterator[Known]) -> None:
        self._key = secrets.token_bytes(KEY_BYTES)
        self._known = {self._keyed(one.digest): one for one in known}
        self._nobody = Known(secrets.token_bytes(KEY_BYTES), "")

    def __len__(self) -> int:
        return len(self._known)

    def caller(self, header: str) -> str:
        """Return the caller of an ``authorization``; empty without a known token in it."""
        scheme, _, token = header[: MAX_HEADER + 1].partition(" ")
        if len(header) > MAX_HEADER or scheme.lower() != "bearer":
            return ""
        token = token.strip(" ")
        if not token:
            return ""
        digest = sha256(token.encode()).digest()
        found = self._known.get(self._keyed(digest), self._nobody)
        return found.name if hmac.compare_digest(found.digest, digest) else ""

    def _keyed(self, digest: bytes) -> bytes:
        return blake2b(digest, key=self._key, digest_size=16).digest()


def read_tokens(path: Path) -> Tokens:
    """Return the tokens of a file.

    Each line is ``NAME SHA256``; empty lines and those that begin with # are left out. A file may
    hold no token at all.

    Raises:
        TokensError: the file cannot be read, is too large or has a wrong line; the message names
            the line and never its content.
    """
    try:
        with path.open("rb") as file:
            content = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise TokensError(f"{path}: {error.strerror}") from error
    if len(content) > MAX_FILE_BYTES:
        raise TokensError(f"{path}: more than {MAX_FILE_BYTES} bytes, at most so many are read")
    return Tokens(_parse(path, content))


def _parse(path: Path, content: bytes) -> Iterator[Known]:
    """Iterate over the tokens in the lines of a file."""
    lines: dict[bytes, int] = {}
    for number, line in enumerate(content.split(b"\n"), 1):
        words = line.decode("ascii", "replace").split()
        if not words or words[0].startswith("#"):
            continue
        fault = _fault(words)
        if fault:
            raise TokensError(f"{path}: line {number}: {fault}")
        name, digits = words
        digest = bytes.fromhex(digits)
        if digest in lines:
            raise TokensError(f"{path}: line {number}: has the token of line {lines[digest]}")
        lines[digest] = number
        if len(lines) > MAX_TOKENS:
            raise TokensError(f"{path}: line {number}: is past {MAX_TOKENS} tokens, the most")
        yield Known(digest, name)


def _fault(words: list[str]) -> str:
    """Return why words are not a name and a hash; empty where they are."""
    if len(words) != 2:
        return f"{len(words)} words, a name and a SHA-256 are expected"
    if not NAME.fullmatch(words[0]):
        return "the name is not 1 to 64 letters, digits and ._@/- that begin with one of the former"
    if not HASH.fullmatch(words[1]):
        return "the second word is not a SHA-256 in 64 hexadecimal digits"
    if bytes.fromhex(words[1]) == EMPTY:
        return "the second word is the SHA-256 of an empty token"
    return ""
