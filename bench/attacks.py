"""The attacker: lets a flood loose on a server, as a process of its own.

    python bench/attacks.py FLOOD ADDRESS CONNECTIONS HOLD [--gzip]

Prepares the bytes, prints "ready", waits for a line, attacks, and prints as JSON when the attack
began and ended (CLOCK_MONOTONIC) and how often each status came. A flood that leaves its calls open
leaves them after HOLD seconds, without a farewell. The bytes are written beforehand and leave in
frames as large as the server takes, so that the attacker costs the machine little. Needs tests/ in
PYTHONPATH, for the hostile client.
"""

import argparse
import gzip
import json
import sys
import time
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

from flood_kinds import FLOODS, Call, Flood
from hostile import connect, idle_connections, message

PATIENCE = 60.0
"""Seconds that an attacker waits for its answers."""


def main() -> None:
    """Attack as the arguments say."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("flood", choices=FLOODS)
    parser.add_argument("address")
    parser.add_argument("connections", type=int)
    parser.add_argument("hold", type=float)
    parser.add_argument("--gzip", action="store_true")
    options = parser.parse_args()
    flood = FLOODS[options.flood]
    calls = _framed(flood.calls(), zipped=options.gzip)
    shares = [calls[at :: options.connections] for at in range(options.connections)]
    print("ready", flush=True)
    sys.stdin.readline()
    began = time.monotonic()
    if flood.connections:
        statuses = _idle(options.address, flood.connections, options.hold)
    else:
        with ThreadPoolExecutor(options.connections) as pool:
            attacks = [
                pool.submit(_attack, options.address, share, flood, options) for share in shares
            ]
            statuses = sum((one.result() for one in attacks), Counter())
    told = {"began": began, "ended": time.monotonic(), "statuses": statuses}
    print(json.dumps(told))


def _framed(calls: Iterable[Call], *, zipped: bool) -> list[tuple[str, bytes, bool]]:
    """Return each call's method, the bytes that it sends, and whether they are all."""
    framed: dict[tuple[str, bytes], bytes] = {}
    found = []
    for call in calls:
        key = call.method, call.raw
        if key not in framed:  # most floods say one thing over and over
            whole = message(gzip.compress(call.raw) if zipped else call.raw, zipped=zipped)
            framed[key] = whole[: int(len(whole) * call.sent)]
        found.append((call.method, framed[key], call.sent == 1))
    return found


def _attack(
    address: str,
    calls: list[tuple[str, bytes, bool]],
    flood: Flood,
    options: argparse.Namespace,
) -> "Counter[str]":
    """Make the calls on one connection; return how often each status came."""
    until = time.monotonic() + (options.hold if flood.holds else PATIENCE)
    encoding = "gzip" if options.gzip else ""
    with connect(address, grants=flood.reads) as attacker:
        for method, body, whole in calls:
            if not attacker.wait(lambda: attacker.room, until - time.monotonic()):
                break
            stream = attacker.call(f"namesmith.v1.NameService/{method}", encoding=encoding)
            attacker.post(stream, body, end=whole)
        if flood.reads:
            attacker.read_all(until - time.monotonic())
        else:
            attacker.idle(until - time.monotonic())
        return Counter(
            f"{one.status} {one.reason}".strip() for one in attacker.answers.values()
        ) + Counter({"UNSENT": len(calls) - len(attacker.answers)})


def _idle(address: str, count: int, hold: float) -> "Counter[str]":
    with idle_connections(address, count) as opened:
        time.sleep(hold)
        return Counter({"CONNECTED": len(opened)})


if __name__ == "__main__":
    main()
