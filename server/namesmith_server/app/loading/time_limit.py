"""Work that may take a bounded time: a load that hangs holds nothing up."""

import ctypes
import queue
import threading
from collections.abc import Callable
from functools import partial
from typing import NoReturn, TypeVar

T = TypeVar("T")


class TimeLimitError(Exception):
    """Work that took longer than it may; the message says how long."""


def in_time(work: Callable[[], T], seconds: float) -> T:
    """Return the result of work that a daemon thread does; raise the error of the work.

    A daemon thread does not hold up the end of the process. A thread that is out of time is asked
    to end, which it does unless it hangs in compiled code.

    Raises:
        TimeLimitError: the work took longer than ``seconds``.
        RuntimeError: the work ended by an exception that is not an ``Exception``.
    """
    outcomes: queue.SimpleQueue[Callable[[], T]] = queue.SimpleQueue()

    def run() -> None:
        try:
            result = work()
        except Exception as error:  # noqa: BLE001 - whoever waits for the work raises it
            outcomes.put(partial(_raise, error))
        except BaseException as error:  # noqa: BLE001 - a runtime in Rust panics with one of these
            outcomes.put(partial(_raise, RuntimeError(type(error).__name__)))
        else:
            outcomes.put(lambda: result)

    thread = threading.Thread(target=run, name="load", daemon=True)
    thread.start()
    try:
        outcome = outcomes.get(timeout=seconds)
    except queue.Empty:
        _end(thread)
        raise TimeLimitError(f"takes longer than {seconds:g} s") from None
    return outcome()


def _raise(error: Exception) -> NoReturn:
    raise error


def _end(thread: threading.Thread) -> None:
    """Raise SystemExit in a thread, at its next instruction in Python."""
    identity = ctypes.c_ulong(thread.ident or 0)
    ctypes.pythonapi.PyThreadState_SetAsyncExc(identity, ctypes.py_object(SystemExit))
