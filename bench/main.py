"""Run the benchmarks of the server: print their tables and write their figures as JSON.

    python bench/main.py [SECTION ...] [--json FILE]

Sections: calls, bulk, evaluation, exact, distance, questions, distilled, stepwise, overhead, start.
Each figure stands beside its floor or rival, which runs in the same rounds, so that a noisy machine
disturbs both.
``calls``, ``overhead`` and ``start`` need h2load (Debian: nghttp2-client). The trainer's benchmark
is ``bench/train.py``.
"""

import argparse
import sys
from pathlib import Path

import bulk
import calls
import distance
import distilled
import evaluation
import exact
import overhead
import questions
import start
import stepwise
from rows import Row, show, write

SECTIONS = {
    "calls": calls.measure,
    "bulk": bulk.measure,
    "evaluation": evaluation.measure,
    "exact": exact.measure,
    "distance": distance.measure,
    "questions": questions.measure,
    "distilled": distilled.measure,
    "stepwise": stepwise.measure,
    "overhead": overhead.measure,
    "start": start.measure,
}


def main() -> None:
    """Run the sections that the arguments name; exit with 1 where a target was missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sections", nargs="*", default=list(SECTIONS))
    parser.add_argument("--json", type=Path, default=Path("bench.json"))
    options = parser.parse_args()
    measured: dict[str, list[Row]] = {}
    for title in options.sections:
        measured[title] = list(SECTIONS[title]())
        show(title, measured[title])
        write(options.json, measured)
    sys.exit(any(row.met is False for rows in measured.values() for row in rows))


if __name__ == "__main__":
    main()
