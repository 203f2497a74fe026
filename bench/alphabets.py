"""Large alphabets: what a model of many symbols takes in a server, by the form that it has.

    python bench/alphabets.py [--data FILE --pattern PATTERN] [--steps N] [--forms chain,table]
        [--models N]

Trains the default recipe on Faker's Greek names (63 symbols) or on a file, publishes it in each
form, and asks a server of two workers every kind of question; then starts one of N such models.
Memory is Pss: a page that two processes share counts half in each. CPU seconds are a server's
beside the embedded model's.
"""

import argparse
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from faker.providers.person.el_GR import Provider

from namesmith.v1.manifest_pb2 import Manifest
from namesmith_client import Client, NamesmithError
from namesmith_trainer.data import Names
from namesmith_trainer.distillation import Form, choose_form, in_form
from namesmith_trainer.models import RECIPES, override
from namesmith_trainer.publish import build_bundle, publish
from namesmith_trainer.training import Run, train
from rows import Row, show
from servers import Process, namesmith

PATTERN = ".*α.*ι.*"  # noqa: RUF001 - Greek letters are the point

Published = tuple[Manifest, dict[str, bytes]]
"""A bundle to publish: its manifest, and its files by path."""


def main() -> None:
    """Train, publish, serve and print, as the arguments say."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--pattern", default=PATTERN)
    parser.add_argument("--steps", type=int, default=20_000)
    parser.add_argument("--forms", default="chain")
    parser.add_argument("--models", type=int, default=19)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        run = _trained(options.data or _greek(Path(folder)), options.steps)
        for form in options.forms.split(","):
            bundle = _bundle(run, form)
            show(f"{form}", list(_one(Path(folder, form), bundle, options.pattern)))
            show(
                f"{options.models} models, each a {form}",
                list(_many(Path(folder, f"{form}s"), bundle, options.models)),
            )


def _greek(folder: Path) -> Path:
    """Write all first and last names that Faker has in Greek."""
    names = (name for key, names in vars(Provider).items() if "_name" in key for name in names)
    file = folder / "greek.txt"
    file.write_text("\n".join(sorted({name for name in names if isinstance(name, str)})))
    return file


def _trained(file: Path, steps: int) -> Run:
    """Train the default recipe on a file of names."""
    recipe = override(RECIPES["batchnorm"], steps=steps)
    return train(Names.read(str(file), distinct=False), recipe, 42, "cpu", iter)


def _bundle(run: Run, form: Form) -> Published:
    """Return the bundle of a run in a form, and print how well the form knows the splits."""
    chosen = choose_form(form, run.recipe, len(run.vocabulary))
    began = time.process_time()
    served = in_form(run, chosen, iter)
    print(
        f"{form}: made in {time.process_time() - began:.1f} s of CPU; {len(run.vocabulary)} symbols"
    )
    bundle = build_bundle(served, "greek-0", with_report=False)
    for split in bundle[0].splits:
        told = f"{split.name:5} loss {split.loss:.4f}"
        if split.HasField("teacher_loss"):
            told += f", network {split.teacher_loss:.4f}, divergence {split.teacher_kl:.4f}"
        print(told)
    return bundle


def _one(folder: Path, bundle: Published, pattern: str) -> Iterator[Row]:
    """Yield the rows of a server of one model and two workers."""
    publish(folder, *bundle)
    with namesmith() as usual, namesmith("--models", folder) as server:
        embedded = usual.cpu_seconds()
        spent = server.cpu_seconds()
        yield Row("CPU to SERVING, us-names", embedded, "s")
        yield Row("CPU to SERVING beyond it", spent - embedded, "s", target="<= 0.6")
        yield Row("Pss when SERVING, us-names", usual.pss_mib()[-1], "MiB")
        yield Row("peak of RSS at the start", server.peak_mib(), "MiB")
    with namesmith("--models", folder, "--workers", "2") as server:
        yield Row("Pss of a worker when SERVING", max(server.pss_mib()[1:]), "MiB", target="<= 120")
        with Client(f"127.0.0.1:{server.port}") as client:
            yield from _questions(client, server, pattern)
        yield Row("Pss of a worker after them", max(server.pss_mib()[1:]), "MiB", target="<= 120")


def _questions(client: Client, server: Process, pattern: str) -> Iterator[Row]:
    """Yield the CPU seconds of a first question of each kind."""
    kinds = {
        "5 names": lambda: client.generate(5),
        f"5 names, pattern {pattern}": lambda: client.generate(5, pattern=pattern),
        "1,000 distinct names": lambda: client.generate(1_000, distinct=True),
        "10 most probable names": lambda: client.top(10),
        f"10 most probable, pattern {pattern}": lambda: client.top(10, pattern=pattern),
        f"measure of {pattern}": lambda: client.measure(pattern=pattern),
        "score": lambda: client.score(client.generate(2).names),
        "loss of val": lambda: client.evaluate("val"),
        "description": client.describe,
    }
    for what, ask in kinds.items():
        before, began = server.cpu_seconds(), time.perf_counter()
        try:
            ask()
        except NamesmithError as error:
            print(f"{what}: {error}")
            continue
        wall = time.perf_counter() - began
        yield Row(f"{what} ({wall:.2f} s of wall)", server.cpu_seconds() - before, "s of CPU")


def _many(folder: Path, bundle: Published, count: int) -> Iterator[Row]:
    """Yield the rows of a server of many models."""
    manifest, files = bundle
    for i in range(count):
        named = Manifest()
        named.CopyFrom(manifest)
        named.model = f"greek-{i}"
        publish(folder, named, files)
    began = time.perf_counter()
    with namesmith("--models", folder, "--memory-limit", "2Gi") as server:
        yield Row("start to SERVING", time.perf_counter() - began, "s")
        yield Row("CPU to SERVING", server.cpu_seconds(), "s", target="<= 5")
        yield Row("RSS when SERVING", server.resident_mib(), "MiB", target="<= 500")
        with Client(f"127.0.0.1:{server.port}") as client:
            for i in range(count):
                client.generate(5, model=f"greek-{i}")
        yield Row("RSS after 5 names of each", server.resident_mib(), "MiB", target="<= 500")


if __name__ == "__main__":
    main()
