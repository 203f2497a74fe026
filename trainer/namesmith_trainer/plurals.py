"""Numbers with their nouns, for messages: "1 name", "2,000 names"."""


def counted(number: int, noun: str) -> str:
    """Return a number with a noun, which takes an s unless the number is 1.

    >>> counted(1, "name"), counted(2000, "training name")
    ('1 name', '2,000 training names')
    """
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
