"""Small data, two published networks, and the options of chains that they teach."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from distilling import NETWORK, SMALL, call
from namesmith_trainer.data import Names
from namesmith_trainer.models import RECIPES, override


@pytest.fixture(scope="session")
def names(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Provide a file of every 40th built-in name, 60 of which stand twice."""
    path = tmp_path_factory.mktemp("data") / "names.txt"
    some = Names.read("us-names").names[::40]
    path.write_text("".join(f"{name}\n" for name in (*some, *some[:60])), encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def bundles(names: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Provide two small published networks of two seeds."""
    models = tmp_path_factory.mktemp("teachers")
    for seed in ("1", "2"):
        call("train", "--data", names, "--models", models, "--name", "t", "--seed", seed, *NETWORK)
    return [models / "t" / "1", models / "t" / "2"]


@pytest.fixture
def command(names: Path, bundles: list[Path]) -> list[str | Path]:
    """Provide the options of a small distilled chain of the two networks."""
    teachers = [option for folder in bundles for option in ("--teacher", folder)]
    return ["--data", names, "--recipe", "distilled", *SMALL, *teachers]


@pytest.fixture(scope="module")
def tiny(names: Path) -> Iterator[list[str | Path]]:
    """Register a tiny recipe, and provide the options of a chain that two seeds of it teach."""
    recipe = override(RECIPES["batchnorm"], steps=300, hidden=16, embedding=4)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(RECIPES, "tiny", replace(recipe, name="tiny"))
        options = ("--teacher", "tiny", "--ensemble", "2")
        yield ["--data", names, "--recipe", "distilled", *SMALL, *options]
