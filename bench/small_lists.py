"""Losses of the default recipe on small lists of names, beside counting's and a uniform guess's.

    pip install faker; python bench/small_lists.py [--splits N] [FILE ...]

The lists are Faker's, and the files that are given, a name a line. Each list is shuffled with
several seeds, so that it is cut into other splits; losses are means over these, in nats. Without
"test" they are those of val. Counting is the recipe kneser-ney, the network ``batchnorm`` as it is
fitted to the list.
"""

import argparse
import math
import random
import time
from collections.abc import Iterator
from dataclasses import replace
from importlib import import_module
from itertools import chain
from pathlib import Path
from statistics import fmean
from tempfile import TemporaryDirectory

from namesmith_trainer.cli.fitting import LARGE, fitted
from namesmith_trainer.data import Names
from namesmith_trainer.models import RECIPES
from namesmith_trainer.training import train

LISTS = (
    ("person.bg_BG", "first_names"),
    ("person.el_GR", "last_names"),
    ("person.it_IT", "last_names"),
    ("address.pl_PL", "cities"),
    ("person.he_IL", "first_names"),
)
"""Provider of each of Faker's lists, and the names of its fields begin with the second."""

HEADINGS = (
    "list",
    "names",
    "symbols",
    "uniform",
    "counting",
    "network",
    "default",
    "counting, test",
    "default, test",
    "CPU s",
)
"""Headings of the table; the last is the processor time of the default's run."""


def of_faker(provider: str, fields: str) -> list[str]:
    """Return the distinct names of a provider's fields, sorted."""
    found = vars(import_module(f"faker.providers.{provider}").Provider)
    lists = (found[field] for field in found if field.startswith(fields.removesuffix("s")))
    return sorted({name.strip() for name in chain.from_iterable(lists) if "." not in name})


def lists(files: list[Path]) -> Iterator[tuple[str, list[str]]]:
    """Yield name and names of each list."""
    for provider, fields in LISTS:
        yield f"{provider} {fields}", of_faker(provider, fields)
    for file in files:
        yield file.name, file.read_text(encoding="utf-8").split("\n")


def measure(names: Names) -> list[float]:
    """Return the losses of one list and one cut: counting's, the network's, the default's."""
    counted = train(names, RECIPES["kneser-ney"], 42, "cpu", iter)
    network = train(names, RECIPES[LARGE].for_data(names.symbols), 42, "cpu", iter)
    start = time.process_time()
    chosen = train(names, fitted(None, {}, (), names), 42, "cpu", iter)
    seconds = time.process_time() - start
    val = [run.losses["val"] for run in (counted, network, chosen)]
    return [*val, counted.losses["test"], chosen.losses["test"], seconds]


def main() -> None:
    """Print a line for each list."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--splits", type=int, default=3)
    parser.add_argument("files", nargs="*", type=Path)
    options = parser.parse_args()
    print(f"| {' | '.join(HEADINGS)} |")
    print("|" + " --- |" * len(HEADINGS))
    with TemporaryDirectory() as folder:
        for title, every in lists(options.files):
            path = Path(folder) / "names.txt"
            path.write_text("\n".join(every), encoding="utf-8")
            names = Names.read(str(path))
            rows = []
            for seed in range(options.splits):
                order = list(names.names)
                random.Random(seed).shuffle(order)  # noqa: S311 - a cut of the list, no secret
                rows.append(measure(replace(names, names=tuple(order))))
            size = len(names.vocabulary())
            means = [fmean(column) for column in zip(*rows, strict=True)]
            *losses, seconds = means
            figures = [f"{loss:.4f}" for loss in (math.log(size), *losses)]
            cells = [title, f"{len(names.names):,}", str(size), *figures, f"{seconds:.0f}"]
            print(f"| {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
