"""Fault 4: a version that answers wrongly, crashes or hangs is never visible; the one before is."""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save

from bigrams import (
    endless_onnx,
    greedy_onnx,
    onnx_bytes,
    publish_bigram,
    rows_of,
    script_bytes,
    script_with,
    table_of,
)
from bundles import copy_version, reasons, replace_file
from namesmith import bundle
from namesmith.bundle import ONNX, TORCHSCRIPT
from namesmith_client import Client
from processes import ServerProcess, refused, running, starting_process

pytestmark = pytest.mark.slow  # CI has no room for it: make faults

ROWS, OTHER = rows_of(1), rows_of(2)

WRONG_ONNX = [
    (onnx_bytes(ROWS * np.float32("nan")), "onnx: the probabilities of a context sum to nan"),
    (onnx_bytes(ROWS + np.float32(0.1)), "onnx: the probabilities of a context sum to 1.1"),
    (onnx_bytes(ROWS * np.float32("inf")), "onnx: the probabilities of a context sum to 0"),
    (onnx_bytes(OTHER), "splits: the loss on val is "),
    (onnx_bytes(ROWS[:, :5].copy()), "onnx: answers float32 [216, 5] for 216 contexts, float32"),
    (b"garbage", "model.onnx: is not an ONNX model"),
    (onnx_bytes(ROWS)[:-80], "model.onnx: "),
    (greedy_onnx(ROWS), "onnx: the model does not run on its contexts"),
]
"""Files of a network without a table, each with the beginning of the reason of its refusal."""

WRONG_SCRIPTS = [
    (script_bytes(OTHER), "torchscript: differs from the canonical form by "),
    (script_bytes(ROWS * np.float32("nan")), "torchscript: the probabilities of a context sum to"),
    (script_with(ROWS, "    context = torch.slice(context, 1, 0, 2)"), "torchscript: differs from"),
    (script_with(ROWS, "    context = torch.zeros([1, 2, 3])"), "torchscript: the model does not"),
    (script_with(ROWS, '    ops.prim.RaiseException("x")'), "torchscript: the model does not run"),
    (b"garbage", "model.ts: is not a TorchScript archive"),
]
"""Files of the same network, compared with its ``model.onnx``."""


def publish_all(models: Path, file: str, wrong: list[tuple[bytes, str]]) -> None:
    """Publish a sound version 1, and a version for each wrong file."""
    publish_bigram(models, ROWS)
    for raw, _ in wrong:
        publish_bigram(models, ROWS, {file: raw})


@pytest.mark.parametrize(
    ("backend", "file", "wrong"),
    [
        ("onnx", ONNX, WRONG_ONNX),
        pytest.param("torchscript", TORCHSCRIPT, WRONG_SCRIPTS, marks=pytest.mark.slow),
    ],
)
def test_fault_04_a_version_with_wrong_answers_is_passed_over(
    tmp_path: Path, backend: str, file: str, wrong: list[tuple[bytes, str]]
) -> None:
    """Not-a-number, no distribution, another model, other shapes, garbage: each is told apart."""
    publish_all(tmp_path, file, wrong)
    options = ("--models", tmp_path, "--backend", backend)
    with running(*options) as server, Client(server.address) as client:
        assert client.model().version == 1
        told = reasons(server.log)
    assert [*told] == [*range(len(wrong) + 1, 1, -1)]
    for version, (_, reason) in enumerate(wrong, 2):
        assert told[version].startswith(reason)


@pytest.mark.parametrize("backend", ["onnx", pytest.param("torchscript", marks=pytest.mark.slow)])
def test_fault_04_the_table_decides_where_there_is_one(
    repository: Path, deep_repository: Path, tmp_path: Path, backend: str
) -> None:
    """A network of the same sizes that is not the table's is passed over; so is a wrong table."""
    small = repository / "small" / "1"
    copy_version(small, tmp_path, 1)
    file = {"onnx": ONNX, "torchscript": TORCHSCRIPT}[backend]
    other = copy_version(small, tmp_path, 2)
    replace_file(other, file, (deep_repository / "deep" / "1" / file).read_bytes())
    options = ("--models", tmp_path, "--backend", backend)
    with running(*options) as server, Client(server.address) as client:
        assert client.model().version == 1
        assert reasons(server.log)[2].startswith(f"{backend}: ")


def test_fault_04_a_table_of_another_model_is_passed_over(repository: Path, tmp_path: Path) -> None:
    """The loss on a split is not the manifest's."""
    small = repository / "small" / "1"
    copy_version(small, tmp_path, 1)
    other = copy_version(small, tmp_path, 2)
    raw = bytearray((small / bundle.TABLE).read_bytes())
    rows = np.frombuffer(raw, dtype="<f4", offset=len(raw) - 27**4 * 4).reshape(-1, 27)
    rows[:] = np.roll(rows, 1, 0)
    replace_file(other, bundle.TABLE, bytes(raw))
    with running("--models", tmp_path) as server, Client(server.address) as client:
        assert client.model().version == 1
        assert reasons(server.log)[2].startswith("splits: the loss on val is ")


def probe_of(server: int) -> int:
    """Wait for the process in which a server tries a version, and return its id."""
    while True:
        for process in children(server):
            if b"loading.probe" in Path(f"/proc/{process}/cmdline").read_bytes():
                return process
        time.sleep(0.02)


def children(process: int) -> Iterator[int]:
    """Yield the children of a process."""
    for thread in Path(f"/proc/{process}/task").iterdir():
        yield from map(int, (thread / "children").read_text().split())


@pytest.mark.parametrize("number", [signal.SIGSEGV, signal.SIGABRT, signal.SIGKILL])
def test_fault_04_a_version_that_crashes_a_runtime_is_passed_over(
    tmp_path: Path, number: signal.Signals
) -> None:
    """The process that tries the version ends by a signal; the server serves the one before."""
    publish_bigram(tmp_path, ROWS)
    publish_bigram(tmp_path, ROWS, {ONNX: endless_onnx(ROWS)})
    with starting_process("--models", tmp_path) as server:
        os.kill(probe_of(server.process.pid), number)
        served = wait_until_serving(server)
    reason = f"the runtime ended the process that tried the version: {number.name}"
    assert reasons(server.log) == {2: reason}
    assert served == 1


def test_fault_04_a_version_that_hangs_is_passed_over(tmp_path: Path) -> None:
    """After the time that a load may take, the version before is loaded."""
    publish_bigram(tmp_path, ROWS, {bundle.TABLE: save({"log_probs": table_of(ROWS)})})
    publish_bigram(tmp_path, ROWS, {ONNX: endless_onnx(ROWS)})
    with running("--models", tmp_path, "--load-timeout", "5") as server:
        with Client(server.address) as client:
            assert client.model().version == 1
        while any(map(is_alive, children(server.process.pid))):
            time.sleep(0.02)  # the killed probe ends
    assert reasons(server.log) == {2: "takes longer than 5 s"}


def test_fault_04_no_probe_outlives_its_server(tmp_path: Path) -> None:
    """A server that is killed while a version hangs leaves no process behind."""
    publish_bigram(tmp_path, ROWS, {ONNX: endless_onnx(ROWS)})
    with starting_process("--models", tmp_path) as server:
        probe = probe_of(server.process.pid)
        server.process.kill()
        server.process.wait(30)
        while is_alive(probe):
            time.sleep(0.02)


def is_alive(process: int) -> bool:
    """Return whether a process runs; one that has ended and was not waited for does not."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def wait_until_serving(server: ServerProcess) -> int:
    """Read the log until the server serves; return the version that it has loaded."""
    for event in server.events():
        server.log.append(event)
        if event["event"] == "serving":
            break
    (version,) = (one["version"] for one in server.log if one["event"] == "model loaded")
    return int(version)


def test_fault_04_what_the_machine_lacks_stops_the_start(tmp_path: Path) -> None:
    """A device that is missing is no fault of a version: the newest is not passed over for it."""
    publish_bigram(tmp_path, ROWS)
    publish_bigram(tmp_path, ROWS)
    ended = refused("--models", tmp_path, "--backend", "onnx", "--device", "cuda")
    assert ended.returncode == 1
    (line,) = ended.stderr.splitlines()
    assert line.startswith("namesmith-server: model bigram: version 2: device cuda: ")
