"""Load from outside Python: h2load, which speaks HTTP/2 and so gRPC."""

import statistics
import struct
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from google.protobuf.message import Message

from servers import Process

METHOD = "namesmith.v1.NameService/GenerateNames"


@dataclass(frozen=True)
class Load:
    """The rate, latencies and cost of the calls of a run.

    Attributes:
        rate: answered calls per second.
        p50: median latency of a call, in milliseconds.
        p99: 99th percentile of the latency of a call, in milliseconds.
        cpu: CPU time of the server for each call, in microseconds.
    """

    rate: float
    p50: float
    p99: float
    cpu: float


def drive(server: Process, request: Message, calls: int, in_flight: int) -> Load:
    """Call GenerateNames over up to 8 connections; raise AssertionError where a call fails."""
    raw = request.SerializeToString()
    connections = min(in_flight, 8)
    with tempfile.TemporaryDirectory() as folder:
        body, log = Path(folder) / "body", Path(folder) / "log"
        body.write_bytes(struct.pack(">BI", 0, len(raw)) + raw)
        before = server.cpu_seconds()
        printed = subprocess.run(
            [
                "h2load",
                f"--requests={calls}",
                f"--clients={connections}",
                f"--max-concurrent-streams={in_flight // connections}",
                f"--data={body}",
                f"--log-file={log}",
                "--header=content-type: application/grpc",
                "--header=te: trailers",
                f"http://127.0.0.1:{server.port}/{METHOD}",
            ],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        cpu = server.cpu_seconds() - before
        assert f"{calls} succeeded, 0 failed" in printed, printed
        lines = [line.split() for line in log.read_text().splitlines()]
    times = sorted(int(line[2]) / 1000 for line in lines)
    (finished,) = (line for line in printed.splitlines() if line.startswith("finished in"))
    rate = float(finished.split(",")[1].split()[0])
    cuts = statistics.quantiles(times, n=100)
    return Load(rate, cuts[49], cuts[98], cpu / calls * 1e6)
