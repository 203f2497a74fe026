"""Work in a thread that the end of the process does not wait for."""

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any, TypeVar

Result = TypeVar("Result")


async def in_daemon_thread(work: Callable[[], Result]) -> Result:
    """Return the result of work that the end of the process does not wait for."""
    loop = asyncio.get_running_loop()
    outcome: asyncio.Future[Result] = loop.create_future()

    def settle(settle: Callable[[Any], object], value: object) -> None:
        if not outcome.done():
            settle(value)

    def run() -> None:
        try:
            result = work()
        except BaseException as error:  # noqa: BLE001 - raised where the outcome is awaited
            _call_soon(loop, partial(settle, outcome.set_exception, error))
        else:
            _call_soon(loop, partial(settle, outcome.set_result, result))

    threading.Thread(target=run, name="loading", daemon=True).start()
    return await outcome


def _call_soon(loop: asyncio.AbstractEventLoop, callback: Callable[[], object]) -> None:
    """Have a loop call back; do nothing where the loop has ended meanwhile."""
    with suppress(RuntimeError):
        loop.call_soon_threadsafe(callback)
