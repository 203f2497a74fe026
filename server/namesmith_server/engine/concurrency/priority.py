"""Threads that give way to the event loop: where cores are short, the kernel runs the loop first.

Beside a thousand streams that begin at once on two cores, the slowest health answer took 1.3 s
while the threads that draw had the priority of the loop, and 0.3 s with niceness 10.
"""

import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial

SHORT_WORK = 10
"""Niceness of threads that draw, score, and convert messages, a few milliseconds at a time."""

LONG_WORK = 15
"""Niceness of threads whose work takes seconds."""


def background_threads(count: int, name: str, niceness: int = SHORT_WORK) -> ThreadPoolExecutor:
    """Return an executor of threads with a priority below the event loop's.

    On other systems than Linux threads have no priority of their own.

    Args:
        count: largest number of threads, >= 1.
        name: prefix of the threads' names.
        niceness: niceness of the threads, in [0, 19].
    """
    initializer = partial(_lower_priority, niceness) if sys.platform == "linux" else None
    return ThreadPoolExecutor(count, thread_name_prefix=name, initializer=initializer)


def _lower_priority(niceness: int) -> None:
    """Set the niceness of the current thread."""
    os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), niceness)
