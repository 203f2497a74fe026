"""The health of a server, as the server reports it."""

from enum import StrEnum


class Health(StrEnum):
    """The state that a server reports of itself."""

    UNKNOWN = "UNKNOWN"
    SERVING = "SERVING"
    NOT_SERVING = "NOT_SERVING"
