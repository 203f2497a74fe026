"""Text that others wrote, made harmless for a message, a log or a terminal."""

MAX_QUOTED = 64
"""Largest number of characters of an untrusted text that a message repeats."""


def shown(text: str) -> str:
    """Return a text as a message of the service shows it: in quotes, within which it is cut."""
    return repr(text if len(text) <= MAX_QUOTED else f"{text[:MAX_QUOTED]}...")


def quoted(text: str, most: int = MAX_QUOTED) -> str:
    """Return a text in quotes, with control and bidirectional characters escaped.

    Args:
        text: any text.
        most: number of characters after which the text is cut; ``...`` then follows the quotes.
    """
    return repr(text) if len(text) <= most else f"{text[:most]!r}..."


def printable(text: str) -> str:
    """Return a text whose control and bidirectional characters are escaped, without quotes."""
    return "".join(one if one.isprintable() else repr(one)[1:-1] for one in text)
