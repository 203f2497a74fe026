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
    """What calls were answered.

    Attributes:
        rate: calls/s.
        p50: milliseconds.
        p99: milliseconds.
        cpu: microseconds of the server's CPU time a call.
    """

    rate: float
    p50: float
    p99: float
    cpu: float


def drive(server: Process, request: Message, calls: int, in_flight: int) -> Load:
    """Call GenerateNames over up to 8 connections; every call must be answered well."""
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
