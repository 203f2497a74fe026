"""Files of tokens, and the metadata that shows a token."""

from hashlib import sha256
from pathlib import Path

Metadata = tuple[tuple[str, str], ...]


def line(name: str, token: str) -> str:
    """Return the line of a token in a file."""
    return f"{name} {sha256(token.encode()).hexdigest()}\n"


def write_tokens(path: Path, **tokens: str) -> Path:
    """Write a file with a token of each caller, and return its path."""
    path.write_text("".join(line(name, token) for name, token in tokens.items()))
    return path


def bearing(token: str, scheme: str = "Bearer") -> Metadata:
    """Return the metadata that shows a token."""
    return (("authorization", f"{scheme} {token}"),)
