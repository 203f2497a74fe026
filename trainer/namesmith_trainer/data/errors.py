"""The error of a source of names that cannot be trained on."""


class DataError(ValueError):
    """Raised for names that cannot be trained on; the message names the file, and the lines."""
