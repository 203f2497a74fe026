"""The p99 of callers over gRPC, alone and beside JSON callers of a front to the same server.

    python bench/web.py [--seconds 5] [--rounds 3] [--callers 50] [--pause 0.2]

Each JSON caller asks for 24 names under a constraint, as the page does, waits the pause (0: not at
all) and asks again. Alone and beside take turns; the ratio is the median of the rounds' own.
"""

import argparse
import http.client
import json
import os
import statistics
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).parent
PATH = "/namesmith.v1.NameService/GenerateNames"
BODY = json.dumps({"count": 24, "seed": "7", "constraint": {"prefix": "ma", "contains": "ri"}})
FRONT = (sys.executable, "-m", "namesmith_web", "--with-server", "--address", "127.0.0.1:0")
# All callers have one address here.
UNBOUNDED = ("--rate=0", "--max-calls=1000", "--max-calls-per-address=1000")


def main() -> None:
    """Print a line a round, and the medians."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seconds", type=float, default=5.0)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--callers", type=int, default=50)
    options.add_argument("--pause", type=float, default=0.2)
    given = options.parse_args()
    ratios = []
    with _front() as (web_port, grpc_port):
        for _ in range(given.rounds):
            alone = _p99(grpc_port, given.seconds)
            with _json_callers(web_port, given.callers, given.pause) as statuses:
                beside = _p99(grpc_port, given.seconds)
            ratios.append(beside / alone)
            rate = sum(statuses.values()) / given.seconds
            print(
                f"gRPC p99 alone {alone * 1e3:.2f} ms, beside {beside * 1e3:.2f} ms,"
                f" ratio {ratios[-1]:.2f}; JSON {rate:.0f} calls/s, {dict(statuses)}",
                flush=True,
            )
    print(f"ratio {statistics.median(ratios):.2f} (aim: at most 2)")


@contextmanager
def _front() -> Iterator[tuple[int, int]]:
    """Provide the ports of a front and of its gRPC server."""
    with subprocess.Popen([*FRONT, *UNBOUNDED], stderr=subprocess.PIPE, text=True) as process:
        lines = process.stderr
        assert lines is not None
        told = next(one for one in map(json.loads, lines) if "grpc_server" in one)
        drain = threading.Thread(target=lambda: list(lines))
        drain.start()
        try:
            yield told["port"], int(told["grpc_server"].rpartition(":")[2])
        finally:
            process.terminate()
            drain.join()


def _p99(port: int, seconds: float) -> float:
    """Return the p99 in seconds of one gRPC call after another."""
    command = [sys.executable, str(HERE / "beside.py"), "caller", str(port)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as caller:
        assert caller.stdout is not None
        caller.stdout.readline()
        time.sleep(seconds)
        calls = json.loads(caller.communicate()[0])
    return statistics.quantiles([one[1] for one in calls], n=100)[98]


@contextmanager
def _json_callers(port: int, callers: int, pause: float) -> Iterator[Counter[int]]:
    """Provide the statuses that callers count, while they call."""
    statuses: Counter[int] = Counter()
    ended = threading.Event()

    def call() -> None:
        # Callers have machines of their own: here they take what the servers leave.
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 15)
        connection = http.client.HTTPConnection("127.0.0.1", port)
        while not ended.is_set():
            connection.request("POST", PATH, BODY)
            answer = connection.getresponse()
            answer.read()
            statuses[answer.status] += 1
            ended.wait(pause)

    threads = [threading.Thread(target=call) for _ in range(callers)]
    for one in threads:
        one.start()
    try:
        yield statuses
    finally:
        ended.set()
        for one in threads:
            one.join()


if __name__ == "__main__":
    main()
