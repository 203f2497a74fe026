"""``DataError``: the refusal of names that cannot be trained on."""


class DataError(ValueError):
    """Raised for a data file that cannot be trained on; the message names the file and line."""
