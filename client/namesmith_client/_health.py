"""The value that the health of a server answers."""

from enum import StrEnum


class Health(StrEnum):
    """The state that a server reports of itself."""

    UNKNOWN = "UNKNOWN"
    SERVING = "SERVING"
    NOT_SERVING = "NOT_SERVING"
