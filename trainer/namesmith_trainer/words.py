"""Words of messages: a number and the noun that it counts."""


def counted(number: int, noun: str, plural: str = "") -> str:
    """Return a number with its noun, such as "1 name" or "1,000 names".

    Args:
        number: number of things.
        noun: noun of one thing.
        plural: noun of several; the singular and "s" unless given.
    """
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"
