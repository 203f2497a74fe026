"""Tests of the handling of signals."""

import os
import signal

import pytest

from namesmith_trainer.cli.signals import signals_noted


def test_a_signal_is_noted_and_told_once_there_is_something_to_tell(
    capfd: pytest.CaptureFixture[str],
) -> None:
    """Before the export, a run ends soon and tells itself; in the export, the handler says so."""
    with signals_noted() as stop:
        os.kill(os.getpid(), signal.SIGINT)
        assert stop()
        assert capfd.readouterr().err == ""
        stop.told = "stopping behind the export"
        os.kill(os.getpid(), signal.SIGTERM)
        assert stop.signal == signal.SIGTERM
        assert capfd.readouterr().err == "stopping behind the export\n"
