"""The record of a call in progress: filled in by the layers it passes, read by an observer."""

from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from namesmith_server.grpc.cancellation import Context


class Method(NamedTuple):
    """A method of a service.

    Attributes:
        kind: type of the method in the words of gRPC's metrics, such as ``server_stream``.
        service: full name of the service.
        name: name of the method.
    """

    kind: str
    service: str
    name: str


@dataclass(slots=True)
class CallRecord:
    """The facts that a server knows of a call.

    Attributes:
        method: method that is called.
        caller: name of the caller, as the guard knows it; empty: unknown.
        model: name of the model that answers, or ``BLEND``; empty: none.
        version: version of that model; 0: none, or a blend.
        names: number of names that were answered.
        code: name of the status code.
        reason: reason in the ErrorInfo of a failed call; empty: none.
        message: message of the status of a failed call.
        request_id: id that the call is answered with; empty: none.
        began: monotonic time of the call's arrival, in seconds.
        seconds: duration of the call, once it has ended.
        span: span of the call, of whatever traces it; None: nothing does.
    """

    method: Method
    caller: str = ""
    model: str = ""
    version: int = 0
    names: int = 0
    code: str = "OK"
    reason: str = ""
    message: str = ""
    request_id: str = ""
    began: float = 0.0
    seconds: float = 0.0
    span: object = None

    def note_answer(self, model: str, version: int, names: int = 0) -> None:
        """Note which model answers, and add to the number of its names.

        Version 0 is a blend's. All blends have one name here: there is no bound on their own.
        """
        self.model, self.version = model if version else BLEND, version
        self.names += names


class Observer(Protocol):
    """A watcher of calls; its methods take a few microseconds."""

    def begin(self, record: CallRecord, context: Context) -> None:
        """Note the arrival of a call."""

    def end(self, record: CallRecord, context: Context) -> None:
        """Note the end of a call."""


Guard = Callable[[CallRecord, Context], str]
"""A check of who calls, before the message of the call is received: it returns the name of the
caller, or raises UnauthenticatedError or CallerRateError."""


BLEND = "blend"
"""Name of all blends of models, in the place of a model's name."""

NO_METHOD = Method("", "", "")
"""Method of a record outside of a call."""

_current: ContextVar[CallRecord] = ContextVar("call_record")


def begin_record(record: CallRecord) -> None:
    """Have ``current_record`` return a record in the task of a call, and in no other."""
    _current.set(record)


def current_record() -> CallRecord:
    """Return the record of the call whose task runs; outside of a call, a new record."""
    return _current.get(None) or CallRecord(NO_METHOD)


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

    def begin(self, _record: CallRecord, _context: Context) -> None:
        """Do nothing."""

    def end(self, _record: CallRecord, _context: Context) -> None:
        """Do nothing."""
