"""The interface of a backend. Knows numpy; knows no runtime and no caller."""

from namesmith_server.backends.base.answers import Contexts, LogProbs, Precision, check_numbers
from namesmith_server.backends.base.backend import Backend, BackendConfig
from namesmith_server.backends.base.device_rows import Flight, Landed, Rows, Start
from namesmith_server.backends.base.errors import (
    BackendError,
    BackendUnavailableError,
    DeviceLostError,
    DeviceMemoryError,
)

__all__ = [
    "Backend",
    "BackendConfig",
    "BackendError",
    "BackendUnavailableError",
    "Contexts",
    "DeviceLostError",
    "DeviceMemoryError",
    "Flight",
    "Landed",
    "LogProbs",
    "Precision",
    "Rows",
    "Start",
    "check_numbers",
]
