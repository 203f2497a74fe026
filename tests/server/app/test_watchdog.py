"""The watchdog of the event loop."""

import asyncio
import logging
import time

import pytest

from namesmith_server.app.watchdog import BUSY_INTERVAL, LATE, Watchdog


async def look() -> None:
    """Let the watchdog look at the loop at least once."""
    await asyncio.sleep(2 * BUSY_INTERVAL)


async def test_a_standstill_is_measured_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    """A loop that stands still is told once, with a lateness that is the standstill's."""
    watchdog = Watchdog(lambda: True)
    watchdog.hasten()
    await look()
    began = time.perf_counter()
    time.sleep(3 * LATE)  # noqa: ASYNC251 - the standstill
    await look()
    watchdog.stop()
    assert 3 * LATE - BUSY_INTERVAL <= watchdog.worst < time.perf_counter() - began
    assert watchdog.times >= 1
    (line,) = [one for one in caplog.records if one.message == "event loop late"]
    assert line.levelno == logging.WARNING
    assert vars(line)["milliseconds"] >= 1_000 * (3 * LATE - BUSY_INTERVAL) - 1


async def test_standstills_in_a_row_are_told_together(caplog: pytest.LogCaptureFixture) -> None:
    """Standstills within a second of a line are counted, and wait for the next line."""
    watchdog = Watchdog(lambda: True)
    watchdog.hasten()
    for _ in range(4):
        await look()
        time.sleep(2 * LATE)  # noqa: ASYNC251 - the standstill
    await look()
    watchdog.stop()
    lines = [vars(one)["times"] for one in caplog.records if one.message == "event loop late"]
    assert lines[0] == 1
    assert len(lines) < watchdog.times


async def test_the_call_that_ends_an_idle_time_is_watched() -> None:
    """A standstill right behind the arrival of a call is measured, however idle the server was."""
    watchdog = Watchdog(lambda: False)
    watchdog.hasten()
    time.sleep(2 * LATE)  # noqa: ASYNC251 - the standstill
    await asyncio.sleep(0)
    await look()
    watchdog.stop()
    assert watchdog.worst >= 2 * LATE - BUSY_INTERVAL
