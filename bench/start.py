"""The server's start time, resident memory and installed size."""

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

from load import drive
from namesmith.v1.names_pb2 import GenerateNamesRequest
from rows import Row, compared
from servers import Process, floor, namesmith

ROUNDS = 7
ROOT = Path(__file__).parents[1]


def measure() -> Iterator[Row]:
    """Yield the time from start to SERVING, the resident memory and the installed size."""
    starts = [(_start(namesmith()), _start(floor(1))) for _ in range(ROUNDS)]
    ours, theirs = [a for a, _ in starts], [b for _, b in starts]
    yield compared("start to SERVING", "s", ours, "echo", theirs)
    yield Row("start to SERVING", sorted(ours)[ROUNDS // 2], "s", target="<= 0.6")
    yield from _memory()
    yield from _larger()
    yield Row("installed size of the server extra", _installed(), "MiB")


def _start(process: AbstractContextManager[Process]) -> float:
    began = time.perf_counter()
    with process:
        return time.perf_counter() - began


def _memory() -> Iterator[Row]:
    with namesmith() as server, floor(1) as echo:
        fresh = server.resident_mib()
        yield compared("resident when SERVING", "MiB", [fresh], "echo", [echo.resident_mib()])
        for each in (server, echo):
            drive(each, GenerateNamesRequest(count=1), 5_000, 32)
        ours = server.resident_mib()
        yield compared("resident after 5,000 calls", "MiB", [ours], "echo", [echo.resident_mib()])
        yield Row("resident after 5,000 calls", ours, "MiB", target="<= 80")
        drive(server, GenerateNamesRequest(count=10_000), 200, 4)
        yield Row("resident after 200 calls of 10,000 names", server.resident_mib(), "MiB")


def _larger() -> Iterator[Row]:
    """Yield the memory and start time with a model without a chain, on ONNX Runtime."""
    with namesmith("--only", "us-names-wavenet") as server:
        yield Row("resident when SERVING, us-names-wavenet", server.resident_mib(), "MiB")
    start = _start(namesmith("--only", "us-names-wavenet"))
    yield Row("start to SERVING, us-names-wavenet", start, "s")


def _installed() -> float:
    """Return the size of the files that pip installs for the server, in MiB."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-compile"]
        subprocess.run(
            [*command, "--target", folder, ROOT / "client", f"{ROOT}[server]"],
            check=True,
            capture_output=True,
        )
        files = (file for file in Path(folder).rglob("*") if file.is_file())
        return sum(file.stat().st_size for file in files) / 2**20
