"""The words of a fault: the reason for which a version is passed over, safe for a log."""

from namesmith.bundle import BundleError
from namesmith.quoting import printable
from namesmith_server.app.loading.time_limit import TimeLimitError
from namesmith_server.backends import BackendError

MAX_FAULT = 400
"""Largest number of characters of a fault."""


def fault_of(error: BaseException) -> str:
    """Return the fault that an error of a load tells, escaped and cut."""
    fault = str(error)
    if not isinstance(error, BundleError | BackendError | TimeLimitError):
        fault = f"the load fails: {type(error).__name__}: {fault}"
    return printable(fault[:MAX_FAULT])
