"""Print how well plausibility separates names from junk: python bench/plausibility.py [MODEL ...].

    pip install faker

Names are the test split of us-names, which no model has seen. Each other list is held against them:
random letters of the same lengths, the same names with their letters shuffled, and first names of
other languages, as faker has them, without accents and without the names that us-names has too. A
name is called junk where its plausibility is below the threshold; precision is that of as much junk
as names. AUC is the probability that a name is more plausible than a name of the other list.
"""

import argparse
import random
import unicodedata
from collections.abc import Iterator, Sequence
from importlib import import_module

import numpy as np
from rich.console import Console
from rich.table import Table

from namesmith_client import Client
from namesmith_server.app.settings import EMBEDDED
from servers import namesmith

MODELS = ("us-names", "us-names-distilled", "us-names-wavenet")
THRESHOLDS = (0.01, 0.05, 0.2)
LANGUAGES = {"Finnish": "fi_FI", "Polish": "pl_PL", "Turkish": "tr_TR", "Spanish": "es_ES"}
LETTERS = "abcdefghijklmnopqrstuvwxyz"


def main() -> None:
    """Score all lists by each model and print a table of each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("models", nargs="*", metavar="MODEL", help=", ".join(MODELS))
    chosen: list[str] = parser.parse_args().models or [*MODELS]
    lists = dict(_lists())
    with (
        namesmith("--only", ",".join(chosen)) as server,
        Client(f"127.0.0.1:{server.port}", timeout=300) as client,
    ):
        for model in chosen:
            found = {
                name: np.array(client.score(of, plausibility=True, model=model).plausibilities)
                for name, of in lists.items()
            }
            Console(width=110).print(_table(model, found))


def _lists() -> Iterator[tuple[str, Sequence[str]]]:
    folder, rng = EMBEDDED / "us-names" / "1" / "splits", random.Random(1)  # noqa: S311 - the same lists each time
    splits = {
        split: (folder / f"{split}.txt").read_text("utf-8").split()
        for split in ("train", "val", "test")
    }
    known = {name for names in splits.values() for name in names}
    test = splits["test"]
    yield "names (test)", test
    yield "random letters", ["".join(rng.choices(LETTERS, k=len(name))) for name in test]
    yield "shuffled names", ["".join(rng.sample(name, len(name))) for name in test]
    for language, locale in LANGUAGES.items():
        people = import_module(f"faker.providers.person.{locale}").Provider
        names = {_plain(name) for name in people.first_names}
        yield language, sorted(name for name in names - known if set(name) <= set(LETTERS))


def _plain(name: str) -> str:
    """Return a name in lower case without accents."""
    parts = unicodedata.normalize("NFD", name.lower().replace("ł", "l").replace("\u0131", "i"))
    return "".join(one for one in parts if not unicodedata.combining(one))


def _table(model: str, found: dict[str, "np.ndarray"]) -> Table:
    table = Table(title=f"{model}: names below a threshold", title_justify="left")
    table.add_column("list")
    for heading in ("names", "median", "AUC", *(f"< {one}" for one in THRESHOLDS)):
        table.add_column(heading, justify="right")
    for one in THRESHOLDS:
        table.add_column(f"precision, recall at {one}", justify="right")
    own, *_ = found.values()
    for i, (name, values) in enumerate(found.items()):
        below = [(values < one).mean() for one in THRESHOLDS]
        wrong = [(own < one).mean() for one in THRESHOLDS]
        rates = [
            f"{junk / (junk + false):.2f}, {junk:.2f}" if i and junk + false else ""
            for junk, false in zip(below, wrong, strict=True)
        ]
        auc = (own[:, None] > values).mean() + (own[:, None] == values).mean() / 2
        shares = [f"{share:.3f}" for share in below]
        sizes = f"{len(values):,}", f"{np.median(values):.3f}", f"{auc:.3f}" if i else ""
        table.add_row(name, *sizes, *shares, *rates)
    return table


if __name__ == "__main__":
    main()
