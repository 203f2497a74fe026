"""Signals: each has a handler from the first statement of the program on.

A signal without a handler ends a process, and is ignored in the first process of a container.
During the start a signal that stops ends the process at once; once the server serves, ``on_stop``
has the signal begin the drain.
"""

import signal
import time
from collections.abc import Callable
from types import FrameType

from namesmith_server.app.leaving import leave

STOPS = tuple(
    getattr(signal, name)
    for name in ("SIGTERM", "SIGINT", "SIGQUIT", "SIGXCPU", "SIGPWR")
    if hasattr(signal, name)
)
"""Signals that stop the server."""

RELOAD = signal.SIGHUP
"""Signal that has the server look at its repository of models."""

OF_A_TERMINAL = (signal.SIGINT, signal.SIGHUP, signal.SIGQUIT)
"""Signals that a terminal sends to every process of a program, to workers too."""

IGNORED = tuple(
    number
    for number in signal.valid_signals()
    if number
    in {
        getattr(signal, name, None)
        for name in ("SIGUSR1", "SIGUSR2", "SIGALRM", "SIGVTALRM", "SIGPROF", "SIGIO", "SIGSTKFLT")
    }
    or signal.SIGRTMIN <= number <= signal.SIGRTMAX
)
"""Signals that mean nothing to the server, and would end the process by default."""

Reaction = Callable[[int], object]


def end_start(number: int) -> None:
    """End a process that does not serve yet: a line that says so, 130 for SIGINT, 0 otherwise."""
    stamp = time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime())
    line = (
        f'{{"level": "INFO", "logger": "{__name__}", "event": "stopped before serving", '
        f'"signal": "{name_of(number)}", "timestamp": "{stamp}"}}'
    )
    leave(status_of(number), line)


def _pass_over(_number: int) -> None:
    """Do nothing."""


def _remember(_number: int) -> None:
    """Note that a reload was asked for before the server serves."""
    global _reload_asked  # noqa: PLW0603 - of the one process
    _reload_asked = True


_stop: Reaction = end_start
_reload: Reaction = _remember
_reload_asked = False
_ignore: Reaction = _pass_over


def install() -> None:
    """Handle all signals of this module; this takes the main thread."""
    for number in STOPS:
        # A program that a shell has told to survive its terminal does so.
        if not (number == signal.SIGQUIT and signal.getsignal(number) is signal.SIG_IGN):
            signal.signal(number, _on_stop)
    if signal.getsignal(RELOAD) is not signal.SIG_IGN:  # under nohup it is
        signal.signal(RELOAD, _on_reload)
    for number in IGNORED:
        signal.signal(number, _on_ignored)


def install_in_worker() -> None:
    """Leave the signals of a terminal to the supervisor, which stops its workers itself."""
    for number in OF_A_TERMINAL:
        signal.signal(number, signal.SIG_IGN)


def on_stop(reaction: Reaction) -> None:
    """Have the signals that stop call ``reaction`` with their number, on the main thread."""
    global _stop  # noqa: PLW0603 - of the one process
    _stop = reaction


def on_reload(reaction: Callable[[], object]) -> None:
    """Have SIGHUP call ``reaction`` on the main thread; now, where it came during the start."""
    global _reload  # noqa: PLW0603 - of the one process
    _reload = lambda _number: reaction()  # noqa: E731 - of the signal's number
    if _reload_asked:
        reaction()


def on_ignored(reaction: Reaction) -> None:
    """Have the signals that are ignored call ``reaction`` with their number."""
    global _ignore  # noqa: PLW0603 - of the one process
    _ignore = reaction


def stop(number: int = signal.SIGTERM) -> None:
    """React as if the process had got the signal; this takes the main thread."""
    _stop(number)


def name_of(number: int) -> str:
    """Return the name of a signal, such as SIGTERM."""
    try:
        return signal.Signals(number).name
    except ValueError:  # of the real-time signals, which have no name
        return f"SIGRTMIN+{number - signal.SIGRTMIN}"


def status_of(number: int) -> int:
    """Return the exit status of a process that a signal has stopped."""
    return 128 + number if number == signal.SIGINT else 0


def _on_stop(number: int, _frame: FrameType | None) -> None:
    _stop(number)


def _on_reload(number: int, _frame: FrameType | None) -> None:
    _reload(number)


def _on_ignored(number: int, _frame: FrameType | None) -> None:
    _ignore(number)
