"""The width of a label on the screen, estimated without its font."""

import unicodedata

NARROW, WIDE = 7, 12
"""Widths of a character in pixels at the size of labels, 12 pixels: a digit, an ideograph."""


def text_width(text: str) -> int:
    """Return the approximate width of a label in pixels; combining marks take no width."""
    return sum(
        WIDE if unicodedata.east_asian_width(character) in {"W", "F"} else NARROW
        for character in text
        if unicodedata.category(character) not in {"Mn", "Mc", "Me", "Cf"}
    )
