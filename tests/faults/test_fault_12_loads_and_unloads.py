"""Fault 12: models are loaded and unloaded by many at a time, with traffic."""

from pathlib import Path

import pytest

from changed import changed
from lettered import MODEL, publish_lettered
from reloading import Reloads
from traffic import traffic

VERSIONS = 6
"""Number of versions of the model, of which the first is served throughout."""

CHANGES = """
import logging, random, threading
from namesmith_server.app.models import Controller
from namesmith_server.grpc import ChangeRefusedError, UnknownModelError, UnknownVersionError

EXPECTED = UnknownModelError, UnknownVersionError
start = Controller.start

def change(controller, seed):
    draws = random.Random(seed)
    for _ in range({each}):
        version = draws.randint(2, {versions})
        try:
            if draws.random() < 0.5:
                controller.load("{model}", version)
            else:
                controller.unload("{model}", version)
        except EXPECTED:  # another thread was first
            pass
        except Exception:
            logging.exception("change failed")

def change_all(controller):
    threads = [threading.Thread(target=change, args=(controller, i)) for i in range(32)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    states = controller.list_versions()
    served = [one.version for one in states if one.state.name == "SERVING"]
    logging.warning("changes done", extra=dict(served=served))

def start_then_change(controller):
    start(controller)
    threading.Timer(1, change_all, (controller,)).start()

Controller.start = start_then_change
"""
"""Code of a server that 32 threads ask for loads and unloads."""


@pytest.mark.parametrize(
    "each", [3, pytest.param(30, marks=pytest.mark.slow)], ids=lambda one: f"{32 * one}-changes"
)
def test_fault_12_loads_and_unloads_by_32_threads_mix_no_versions(
    tmp_path: Path, each: int
) -> None:
    """No call fails, each answer is of one version, and the last change is what is served."""
    models = tmp_path / "models"
    for _ in range(VERSIONS):
        publish_lettered(models)
    code = CHANGES.format(each=each, versions=VERSIONS, model=MODEL)
    options = ("--models", models, "--versions", f"{MODEL}/1")
    with changed(tmp_path, code, *options) as server:
        log = Reloads(server)
        with traffic(server.address) as calls:
            done = log.wait("changes done")
        assert log.events("change failed") == []
        loaded = [line["version"] for line in log.events("model loaded")]
        gone = [line["version"] for line in log.events("model retired")]
    assert calls.faults == []
    assert len(calls.versions) > 1
    still = {one for one in loaded if loaded.count(one) > gone.count(one)}
    assert still | {1} == set(done["served"])
