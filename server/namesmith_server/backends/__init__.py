"""Backends compute P(next symbol | context): a module for each backend, found by the registry.

A module of this folder holds one subclass of ``Backend`` under ``@register``. The command line's
choices, the messages and ``auto`` follow from the attributes of the class.
"""

from namesmith_server.backends.base import (
    Backend,
    BackendConfig,
    BackendError,
    BackendUnavailableError,
    Contexts,
    LogProbs,
    Precision,
)
from namesmith_server.backends.canonical import open_canonical
from namesmith_server.backends.opening import check_answers, choose, open_backend
from namesmith_server.backends.registry import AUTO, devices, get, names, register
from namesmith_server.backends.table import TableBackend

__all__ = [
    "AUTO",
    "Backend",
    "BackendConfig",
    "BackendError",
    "BackendUnavailableError",
    "Contexts",
    "LogProbs",
    "Precision",
    "TableBackend",
    "check_answers",
    "choose",
    "devices",
    "get",
    "names",
    "open_backend",
    "open_canonical",
    "register",
]
