"""Checks that the numbers in documents are the constants that programs use."""

import re
from collections.abc import Iterable

NO_BOUNDS = (
    "SHA-256",
    "sha256",
    "UTF-8",
    "RFC 3339",
    "arXiv 1904.09751",
    "arXiv 2407.01082",
    "float32",
    "float64",
    "2^53",
    "2**64",
    "64 bits",
    "ln 2",
    '"{2}", "{2,}" and "{2,4}"',
)
"""Words with digits that are no bounds of the service."""


def faults(text: str, phrases: Iterable[str]) -> list[str]:
    """List phrases that a text lacks, and numbers above 1 that stand in none of its phrases.

    Args:
        text: a document; commas between thousands make no difference.
        phrases: words that the document must hold, each with a number written from its constant.
    """
    rest, phrases = _plain(text), (*NO_BOUNDS, *phrases)
    for phrase in phrases:
        rest = _pattern(phrase).sub("#", rest)
    numbers = [number for number in re.findall(r"\d+(?:\.\d+)?", rest) if float(number) > 1]
    unknown = [f"holds {number}, which is no known bound" for number in numbers]
    return [*lacking(text, phrases[len(NO_BOUNDS) :]), *unknown]


def lacking(text: str, phrases: Iterable[str]) -> list[str]:
    """List phrases that a text lacks."""
    plain = _plain(text)
    return [f"lacks {phrase!r}" for phrase in phrases if not _pattern(phrase).search(plain)]


def _plain(text: str) -> str:
    """Return a text on one line, with numbers without commas."""
    return re.sub(r"(?<=\d),(?=\d{3}\b)", "", " ".join(text.split()))


def _pattern(phrase: str) -> re.Pattern[str]:
    """Return the pattern of a phrase whose numbers are not parts of longer numbers."""
    return re.compile(rf"(?<![\d.]){re.escape(phrase)}(?!\d|\.\d)")
