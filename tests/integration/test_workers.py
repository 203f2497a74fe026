"""A server of several worker processes behind one port."""

import json
import os
import shutil
import signal
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

import pytest

from admins import add_version, await_event, served
from bundles import rewrite_manifest, write_manifest
from namesmith_client import Client, Health
from processes import SERVER, ServerProcess, refused, running

OTHER_TIME = "2001-02-03T04:05:06Z"


def pids(events: Iterator[dict[str, object]], count: int) -> list[int]:
    """Return the process ids of the next ``count`` workers that begin to serve."""
    serving = (event["pid"] for event in events if event["event"] == "worker serving")
    return [int(str(pid)) for pid in islice(serving, count)]


@pytest.fixture
def server() -> Iterator[ServerProcess]:
    """Provide a server of two workers."""
    with running("--workers", "2") as server:
        yield server


def gone(pid: int) -> bool:
    """Tell whether the process has ended; a zombie process has ended."""
    try:
        return ") Z " in Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return True


def test_every_worker_gives_the_names_of_a_single_server(server: ServerProcess) -> None:
    """A seed gives the names of a single server over 20 connections, which the kernel spreads."""
    with running() as single, Client(single.address) as client:
        expected = client.generate(100, seed=3).names
    for _ in range(20):
        with Client(server.address) as client:
            assert client.generate(100, seed=3).names == expected


def test_a_killed_worker_is_back_and_no_call_fails(server: ServerProcess) -> None:
    """No call of eight busy clients fails while a worker is killed and restarted."""
    first = pids(iter(server.log), 2)
    back = threading.Event()
    failures: list[Exception] = []
    calls = [0] * 8

    def call(number: int) -> None:
        try:
            with Client(server.address) as client:
                while not back.is_set():
                    assert len(client.generate(20).names) == 20
                    calls[number] += 1
        except Exception as error:  # noqa: BLE001 - reported by the test
            failures.append(error)

    callers = [threading.Thread(target=call, args=(i,)) for i in range(8)]
    for caller in callers:
        caller.start()
    os.kill(first[0], signal.SIGKILL)
    (again,) = pids(server.events(), 1)
    back.set()
    for caller in callers:
        caller.join(60)
    assert not failures
    assert all(calls)
    assert again not in first


def test_a_worker_that_joins_others_listens_once_it_serves(server: ServerProcess) -> None:
    """No new connection meets a worker that does not serve yet."""
    os.kill(pids(iter(server.log), 1)[0], signal.SIGKILL)
    await_event(server, "worker died")  # the kernel has closed its socket
    back = threading.Event()

    def wait() -> None:
        await_event(server, "worker serving")
        back.set()

    waiting = threading.Thread(target=wait)
    waiting.start()
    while not back.is_set():
        with Client(server.address) as client:
            assert client.health() is Health.SERVING
    waiting.join()


def test_workers_end_when_the_supervisor_is_killed(server: ServerProcess) -> None:
    """SIGKILL of the supervisor leaves no worker: the log, which workers hold open, ends."""
    workers = pids(iter(server.log), 2)
    server.process.kill()
    assert server.process.stderr is not None
    server.process.stderr.read()
    assert all(gone(worker) for worker in workers)


def test_sigterm_drains_every_worker(server: ServerProcess) -> None:
    """The supervisor drains every worker, waits for all, and exits with 0."""
    workers = pids(iter(server.log), 2)
    server.process.terminate()
    events = [event["event"] for event in server.events()]
    assert events.count("draining") == 3  # two workers and the supervisor
    assert events[-1] == "stopped"
    assert server.process.wait(30) == 0
    assert all(gone(worker) for worker in workers)


def test_the_port_of_another_server_is_refused(server: ServerProcess) -> None:
    """Workers share their port with each other, and with no other server."""
    for options in ([], ["--workers", "2"]):
        ended = refused("--address", server.address, *options)
        assert ended.returncode == 1
        assert f"--address {server.address}: Address already in use" in ended.stderr


def test_workers_that_cannot_start_say_why() -> None:
    """A server whose workers cannot load a model exits with 1 and writes the reason."""
    ended = refused("--workers", "2", "--models", "absent")
    assert ended.returncode == 1
    assert "namesmith-server: models absent: No such file or directory" in ended.stderr


@contextmanager
def grouped(*options: str) -> "Iterator[subprocess.Popen[str]]":
    """Run a server of three workers in a group of processes of its own, as a terminal does."""
    command = [SERVER, "--address", "127.0.0.1:0", "--workers", "3", *options]
    with subprocess.Popen(
        command, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()  # a test that fails must not wait for a server that serves on


def ended(process: "subprocess.Popen[str]") -> tuple[int, list[str]]:
    """Wait for the end of a server; return its status and the events of the rest of its log."""
    assert process.stderr is not None
    lines = [json.loads(line)["event"] for line in process.stderr]  # no traceback is JSON
    return process.wait(30), [event for event in lines if event != "event loop late"]


@pytest.mark.parametrize(
    "number", [signal.SIGINT, pytest.param(signal.SIGQUIT, marks=pytest.mark.slow)]
)
def test_a_signal_of_the_terminal_drains_all(number: signal.Signals) -> None:
    """The signal reaches every process; the supervisor answers it for all."""
    with grouped() as process:
        assert process.stderr is not None
        while json.loads(process.stderr.readline())["event"] != "serving":
            pass
        os.killpg(process.pid, number)
        code, events = ended(process)
    assert code == 0
    assert sorted(events) == ["draining"] * 4 + ["stopped"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("workers", [0, 1, 3])
def test_a_signal_during_the_start_ends_all_with_a_line(
    number: signal.Signals, workers: int
) -> None:
    """Before, while and after workers begin to run: 130 for Ctrl-C, otherwise 0; one last line."""
    with grouped() as process:
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        while not supervises(process.pid) or len(children.read_text().split()) < workers:
            assert process.poll() is None
        send = os.kill if number is signal.SIGTERM else os.killpg  # the others are a terminal's
        send(process.pid, number)
        code, events = ended(process)
    assert code == (130 if number == signal.SIGINT else 0)
    assert events[-1] == "stopped before serving"
    assert set(events[:-1]) <= {"model loaded", "worker serving", "draining"}


def supervises(pid: int) -> bool:
    """Tell whether a process handles SIGTERM by now."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    (caught,) = (line.split()[1] for line in lines if line.startswith("SigCgt"))
    return bool(int(caught, 16) >> (signal.SIGTERM - 1) & 1)


@pytest.mark.parametrize(
    "number",
    [
        signal.SIGUSR1,
        *(pytest.param(one, marks=pytest.mark.slow) for one in (signal.SIGALRM, signal.SIGRTMIN)),
    ],
)
def test_a_signal_that_means_nothing_costs_no_worker(
    server: ServerProcess, number: signal.Signals
) -> None:
    """Sent to every process, it is logged by each and changes nothing."""
    processes = [server.process.pid, *pids(iter(server.log), 2)]
    for pid in processes:
        os.kill(pid, number)
    ignored = (event for event in server.events() if event["event"] == "signal ignored")
    assert len(list(islice(ignored, 3))) == 3
    server.process.terminate()
    events = [event["event"] for event in server.events()]
    assert sorted(events) == ["draining"] * 3 + ["stopped"]
    assert server.process.wait(30) == 0


def test_workers_watch_the_repository_together(definite_repository: Path, tmp_path: Path) -> None:
    """A version that appears is served by every worker, one that goes by none."""
    models = Path(shutil.copytree(definite_repository, tmp_path / "models"))
    with running("--models", models, "--workers", "2", "--watch", "0.2") as server:
        made = add_version(models, "definite", 2)
        await_event(server, "model retired")
        assert served(server) == {(("definite", 2),)}
        made.rename(tmp_path / "gone")
        await_event(server, "model retired")
        assert served(server) == {(("definite", 1),)}


def test_a_default_model_that_is_not_there_ends_the_start_of_workers() -> None:
    """The line names the model, and the process exits with 1."""
    ended = refused("--workers", "2", "--default-model", "absent")
    assert ended.returncode == 1
    assert "default model 'absent'" in ended.stderr


def test_workers_serve_an_empty_repository_that_they_watch(tmp_path: Path) -> None:
    """They tell that they serve, and drain; the first model is served by all."""
    with running("--workers", "2", "--models", tmp_path, "--watch", "60") as server:
        with Client(server.address) as client:
            assert client.health() is Health.NOT_SERVING
        server.process.terminate()
        assert [event["event"] for event in server.events()][-1] == "stopped"


@pytest.mark.slow
@pytest.mark.parametrize("is_garbage", [True, False])
def test_a_version_that_a_new_worker_refuses_is_served_by_none(
    definite_repository: Path, tmp_path: Path, *, is_garbage: bool
) -> None:
    """All workers go to the version before one whose files were exchanged on the disk."""
    models = tmp_path / "models"
    shutil.copytree(definite_repository, models)
    (model,) = (one.name for one in models.iterdir())
    version = add_version(models, model, 2)
    with running("--workers", "2", "--models", models) as server:
        assert served(server) == {((model, 2),)}
        if is_garbage:
            write_manifest(version, b"garbage")
        else:  # a valid version with another manifest
            rewrite_manifest(version, lambda manifest: setattr(manifest, "created", OTHER_TIME))
        os.kill(pids(iter(server.log), 1)[0], signal.SIGKILL)
        reason = str(await_event(server, "worker cannot serve")["reason"])
        assert is_garbage or "was exchanged" in reason
        assert await_event(server, "model retired")["version"] == 2
        await_event(server, "worker serving")
        assert served(server) == {((model, 1),)}
