"""Ten thousand people of a game, of two cultures, no two with one name.

    python examples/stories/npcs.py

It trains a model of the second culture, for half a minute, and needs no server beside:
pip install faker ./client ".[server,trainer]"
"""

import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from namesmith_client import Constraint
from namesmith_client.offline import offline_client

WORLD = b"the secret of this world: others have other people"

EACH = 5_000
"""People of each culture; each has a number below it, and a name of that number."""


def main() -> None:
    """Train, name, and show that a name leads back to its number."""
    try:
        from faker.providers.person.fi_FI import Provider  # noqa: PLC0415 - said in words
    except ImportError:
        sys.exit('it needs Faker and the trainer: pip install faker ./client ".[server,trainer]"')
    finnish = {name.lower() for name in (*Provider.first_names, *Provider.last_names)}
    with TemporaryDirectory() as folder:
        models = train(finnish, Path(folder))
        with offline_client(model="us-names-distilled") as client:
            settlers = client.name_numbers(
                range(EACH), secret=WORLD, capacity=EACH, model="us-names-distilled"
            ).names
        alphabet = set().union(*finnish)
        taken = [name for name in settlers if alphabet.issuperset(name)]
        free = Constraint(forbidden=taken)
        with offline_client(models) as client:
            natives = client.name_numbers(
                range(EACH), secret=WORLD, capacity=EACH, constraint=free
            ).names
            found = client.numbers_of_names(
                [natives[17]], secret=WORLD, capacity=EACH, constraint=free
            ).numbers
    print("settlers:", *settlers[:5])
    print("natives: ", *natives[:5])
    print(f"different names: {len({*settlers, *natives}):,}")
    print(f"{natives[17]} is number {found[0]}")


def train(names: set[str], folder: Path) -> Path:
    """Train a model of names; return the repository of its bundle, within the folder."""
    data, models = folder / "names.txt", folder / "models"
    data.write_text("\n".join(sorted(names)), encoding="utf-8")
    command = [Path(sys.executable).with_name("namesmith-trainer"), "train", "--data", data]
    options = ("--recipe", "kneser-ney", "--models", models, "--name", "finnish")
    subprocess.run([*command, *options], check=True, capture_output=True)  # noqa: S603 - the trainer
    return models


if __name__ == "__main__":
    main()
