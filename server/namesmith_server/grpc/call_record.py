"""The record of a call in progress: filled in by the layers it passes, read by an observer."""

from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Protocol

from namesmith_server.grpc.cancellation import Context


@dataclass(slots=True)
class CallRecord:
    """The facts that a server knows of a call.

    Attributes:
        service: full name of the service.
        method: name of the method.
        kind: type of the method in the words of gRPC's metrics, such as ``server_stream``.
        caller: name of the caller, as the guard knows it; empty: unknown.
        model: name of the model that answers; empty: none.
        version: version of that model; 0: none.
        names: number of names that were answered.
        code: name of the status code.
        reason: reason in the ErrorInfo of a failed call; empty: none.
        message: message of the status of a failed call.
    """

    service: str
    method: str
    kind: str
    caller: str = ""
    model: str = ""
    version: int = 0
    names: int = 0
    code: str = "OK"
    reason: str = ""
    message: str = ""

    def note_answer(self, model: str, version: int, names: int = 0) -> None:
        """Note which model answers, and add to the number of its names."""
        self.model, self.version = model, version
        self.names += names


class Observer(Protocol):
    """A watcher of calls; its methods take a few microseconds."""

    def begin(self, record: CallRecord, context: Context) -> object:
        """Note the arrival of a call; the answer is the call's mark for ``end``."""

    def end(self, record: CallRecord, mark: object) -> None:
        """Note the end of a call."""


Guard = Callable[[CallRecord, Context], str]
"""A check of who calls, before the message of the call is received: it returns the name of the
caller, or raises UnauthenticatedError or CallerRateError."""


_current: ContextVar[CallRecord] = ContextVar("call_record")


def begin_record(record: CallRecord) -> None:
    """Have ``current_record`` return a record in the task of a call, and in no other."""
    _current.set(record)


def current_record() -> CallRecord:
    """Return the record of the call whose task runs; outside of a call, a new record."""
    return _current.get(None) or CallRecord("", "", "")


def holder(context: Context) -> str:
    """Return the name under which the work of a call is counted.

    It is the caller's, however many connections it has; the connection's where callers are unknown.
    """
    return current_record().caller or context.peer()


def admit_all(_record: CallRecord, _context: Context) -> str:
    """Admit every call, of a caller whose name is unknown."""
    return ""


class NoObserver:
    """An observer that sees nothing."""

    def begin(self, _record: CallRecord, _context: Context) -> object:
        """Do nothing."""
        return None

    def end(self, _record: CallRecord, _mark: object) -> None:
        """Do nothing."""
