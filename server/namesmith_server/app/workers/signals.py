"""The signals of a server with workers, and what each does."""

import signal

DRAINING = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT)
"""Signals that begin the drain of a server."""

IGNORED = (signal.SIGUSR1, signal.SIGUSR2, signal.SIGALRM)
"""Signals that are logged and have no other effect."""

BLOCKED = (signal.SIGINT, signal.SIGHUP, signal.SIGQUIT, *IGNORED)
"""Signals that a new worker must not see: a terminal sends some of them to every process of the
server, and one that only begins to run would end with a traceback or without a word."""
