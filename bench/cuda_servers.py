"""The servers of the figures on a GPU, from this checkout, and the repository that they serve."""

import json
import re
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from namesmith.bundle import CHECKSUM, MANIFEST, TABLE, checksum_line

EMBEDDED = Path(__file__).parents[1] / "server" / "namesmith_server" / "models"

NETWORKS = ("us-names-wavenet", "us-names-network")
"""Models that are served as networks; the second is us-names without its table."""

START = 150.0
"""Seconds in which a server must serve."""

PROGRAM = """
from namesmith_server.app.main import main
from namesmith_server.backends import get

get("torchscript").drawing_devices = ("cuda", "cpu")
main()
"""
"""Program of a server that draws rows where torch computes, on CPU tensors too."""


@dataclass(frozen=True)
class Server:
    """A server that serves.

    Attributes:
        name: its name in the tables.
        address: address that a client calls.
        metrics: address of its metrics.
    """

    name: str
    address: str
    metrics: str

    def draws(self) -> tuple[float, float]:
        """Return the draws so far: those that the canonical form decided, and all of batches."""
        with urllib.request.urlopen(f"http://{self.metrics}/metrics", timeout=10) as answer:
            text = answer.read().decode()
        exact, every = (
            sum(map(float, re.findall(rf"^{metric}(?:{{[^}}]*}})? (\S+)$", text, re.MULTILINE)))
            for metric in ("namesmith_exact_fallback_draws_total", "namesmith_batch_size_sum")
        )
        return exact, every


def repository(folder: Path) -> Path:
    """Make a repository of the embedded models and of us-names as a network alone."""
    models = Path(shutil.copytree(EMBEDDED, folder / "models"))
    network = Path(shutil.copytree(models / "us-names", models / "us-names-network")) / "1"
    (network / TABLE).unlink()
    manifest = json.loads((network / MANIFEST).read_bytes())
    manifest["model"] = "us-names-network"
    manifest["files"] = [file for file in manifest["files"] if file["path"] != TABLE]
    raw = json.dumps(manifest).encode()
    (network / MANIFEST).write_bytes(raw)
    (network / CHECKSUM).write_bytes(checksum_line(raw))
    return models


@contextmanager
def serving(models: Path, logs: Path, name: str, *options: str) -> Iterator[Server]:
    """Provide a server; its log goes to a file of ``logs``.

    Raises:
        RuntimeError: the server ends, or does not serve in time; the message is its last line.
    """
    log = logs / f"server-{name.replace(' ', '-')}.log"
    command = [sys.executable, "-c", PROGRAM, "--models", str(models), *options]
    command += ["--address", "127.0.0.1:0", "--metrics-address", "127.0.0.1:0"]
    start = time.monotonic()
    with log.open("wb") as written, subprocess.Popen(command, stderr=written) as process:
        try:
            ports = _ports(log, process, start + START)
            print(f"{name}: serving after {time.monotonic() - start:.1f} s, {log.name}", flush=True)
            yield Server(name, *(f"127.0.0.1:{port}" for port in ports))
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()


def _ports(log: Path, process: "subprocess.Popen[bytes]", deadline: float) -> tuple[int, int]:
    """Return the ports of the server and of its metrics, once it serves."""
    while time.monotonic() < deadline and process.poll() is None:
        events = {}
        for line in log.read_text().splitlines():
            if line.startswith("{") and line.endswith("}"):
                event = json.loads(line)
                events[event["event"]] = event
        if "serving" in events:
            return events["serving"]["port"], events["metrics"]["port"]
        time.sleep(0.05)
    lines = log.read_text().splitlines()
    raise RuntimeError(lines[-1] if lines else "the server wrote nothing")
