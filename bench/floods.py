"""The cost of a flood to the server: its memory, its promptness, its calls to others.

    python bench/floods.py [FLOOD ...] [--connections N] [--gzip | --no-gzip]
        [--checkout FOLDER] [--json FILE]

FLOOD is a flood of ``bench/flood_kinds.py`` or the number of its fault, such as 41; without one all
run, each uncompressed and gzip, from one and from eight connections. Each meets a fresh server of
the checkout, with a plain caller (one name a call, one call at a time) and a prober of the health
beside it, each in a process of its own. The table has, for each flood,

    peak    largest resident memory above the idle server's, in MiB, by the system's own high mark
    left    resident memory above the idle server's 10 s after the flood, in MiB
    health  slowest answer of the health service, from the flood's start to 10 s after it, in ms
    calls   answered calls of the plain caller in the flood, as a ratio of those beside the sink

and how often each status came, with the reason of its ErrorInfo, to the attacker, to the caller and
to a guest, who asks for 2,000 names ten times a second. Exits with 1 where a target was missed. A
server that holds 4 GiB is killed.

The ratio of calls blames the server alone. A flood's own process, and gRPC's reading of its bytes,
take processors too, on a small machine most of them; so the same flood runs first against the sink
(``bench/sink.py``), a gRPC server that reads and forgets, while the caller calls the real server.
The caller's rate then, or its rate on the quiet machine where that is less, is what 0.7 is of; its
ratio to the quiet machine stands beside it, and the slowest health while the sink was flooded. A
flood that is over sooner counts for 5 s.
"""

import argparse
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.table import Table

import flood_processes
from flood_kinds import FLOODS
from flood_processes import LEAST, Beside, Memory, sink
from rows import Row, write
from servers import checkout

HERE = Path(__file__).parent
ALONE = 3.0
"""Seconds in which the caller calls on the quiet machine."""

HOLD = 10.0
"""Seconds after which an attacker leaves the calls or connections that it holds open."""

AFTER = 10.0
"""Seconds after the flood at which the memory that is left is read."""

TARGETS = {"peak": "<= 400", "left": "<= 60", "health": "<= 200", "calls": ">= 0.7"}
UNITS = {"peak": "MiB", "left": "MiB", "health": "ms", "calls": ""}


@dataclass(frozen=True)
class Outcome:
    """The measurements of one flood.

    Attributes:
        title: the flood, the number of its connections and its encoding.
        peak: peak of the resident memory above idle, in MiB.
        left: resident memory above idle 10 s after the flood, in MiB.
        health: slowest answer of the health service, in milliseconds; infinite where one failed.
        calls: ratio of the plain caller's rate to its rate beside the sink.
        beside: slowest answer of the health service while the sink was flooded, in milliseconds.
        quiet: ratio of the plain caller's rate to its rate on the quiet machine.
        statuses: how often each status came to the attacker.
        failed: how often each other status than OK came to the plain caller.
        guest: how often each status came to the guest, who asks for 2,000 names.
    """

    title: str
    peak: float
    left: float
    health: float
    calls: float
    beside: float
    quiet: float
    statuses: "Counter[str]"
    failed: "Counter[str]"
    guest: "Counter[str]"

    def rows(self) -> list[Row]:
        """Return the figures with their targets."""
        return [
            Row(name, getattr(self, name), UNITS[name], target=target)
            for name, target in TARGETS.items()
        ]


def main() -> None:
    """Run the floods that the arguments name; exit with 1 where a target was missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("floods", nargs="*", default=list(FLOODS))
    parser.add_argument("--connections", type=int, choices=range(1, 257), metavar="N")
    parser.add_argument("--gzip", action=argparse.BooleanOptionalAction)
    parser.add_argument("--checkout", type=Path, default=HERE.parent, metavar="FOLDER")
    parser.add_argument("--json", type=Path, default=Path("floods.json"))
    options = parser.parse_args()
    asked = [
        name for name in FLOODS if {name, name.partition("-")[0]} & set(options.floods)
    ] or parser.error(f"no flood of {', '.join(FLOODS)} is named")
    outcomes = []
    for name in asked:
        for connections, gzip in variants(name, options.connections, options.gzip):
            outcomes.append(measure(options.checkout, name, connections, gzip=gzip))
            print(outcomes[-1].title, *_figures(outcomes[-1]), sep="  ", flush=True)
            write(options.json, {one.title: one.rows() for one in outcomes})
    show(outcomes)
    sys.exit(any(not row.met for one in outcomes for row in one.rows()))


def variants(name: str, connections: int | None, gzip: bool | None) -> Iterator[tuple[int, bool]]:  # noqa: FBT001 - as the option says
    """Yield the numbers of connections and the encodings with which a flood runs."""
    if FLOODS[name].connections:  # no calls
        yield 1, False
        return
    for number in (1, 8) if connections is None else (connections,):
        for zipped in (False, True) if gzip is None else (gzip,):
            yield number, zipped


def measure(folder: Path, name: str, connections: int, *, gzip: bool) -> Outcome:
    """Let a flood loose on a fresh server of a checkout and tell what it did."""
    attack = partial(flood_processes.attack, folder, name, connections=connections, gzip=gzip)
    with ExitStack() as stack:
        server = stack.enter_context(checkout(folder))
        forgetful = stack.enter_context(sink(folder))
        caller = Beside("caller", server)
        prober = Beside("prober", server)
        guest = Beside("guest", server)
        for one in (caller, prober, guest):
            stack.callback(one.kill)
        quiet = time.monotonic(), time.monotonic() + ALONE
        time.sleep(ALONE)
        control = attack(port=forgetful, hold=LEAST)
        memory = stack.enter_context(Memory(server))
        flood = attack(port=server.port, hold=HOLD)
        peak = memory.peak()
        time.sleep(max(0.0, flood.ended + AFTER - time.monotonic()))
        left = memory.left()
        window = flood.began, max(flood.ended, flood.began + LEAST)
        beside = control.began, max(control.ended, control.began + LEAST)
        for one in (caller, prober, guest):
            one.end()
    rate = caller.rate(*window)
    fair = min(caller.rate(*beside), caller.rate(*quiet))
    return Outcome(
        title=f"{name} from {connections}{', gzip' if gzip else ''}",
        peak=peak,
        left=left,
        health=prober.slowest(flood.began, flood.ended + AFTER),
        calls=rate / fair,
        beside=prober.slowest(*beside),
        quiet=rate / caller.rate(*quiet),
        statuses=flood.statuses,
        failed=caller.failed(*window),
        guest=guest.outcomes(*window),
    )


def show(outcomes: list[Outcome]) -> None:
    """Print the outcomes as a table; figures that miss their target are marked."""
    table = Table(title="floods", title_justify="left", show_lines=True)
    for column in ("flood", *TARGETS, "health, sink", "calls, quiet", "statuses"):
        table.add_column(column, justify="left" if column in {"flood", "statuses"} else "right")
    for one in outcomes:
        told = [f"{count} {status}" for status, count in one.statuses.most_common()]
        told += [f"caller: {count} {status}" for status, count in one.failed.most_common()]
        told += [f"guest: {count} {status}" for status, count in one.guest.most_common()]
        table.add_row(
            one.title, *_figures(one), f"{one.beside:.3g}", f"{one.quiet:.2g}", "\n".join(told)
        )
    targets = [f"{target} {UNITS[name]}" for name, target in TARGETS.items()]
    table.add_row("target", *targets)
    Console(width=160).print(table)


def _figures(outcome: Outcome) -> list[str]:
    return [f"{row.figure:.3g}{'' if row.met else ' MISSED'}" for row in outcome.rows()]


if __name__ == "__main__":
    main()
