"""Tests of the counted family: its own properties, and the laws of every recipe of chains."""

from pathlib import Path

import pytest

from family_laws import ChainLaws
from namesmith.bundle import CHAIN_LIMIT
from namesmith_trainer.data import Names
from namesmith_trainer.models import RECIPES, Recipe, RecipeError, override
from namesmith_trainer.models.kneser_ney import KNESER_NEY
from namesmith_trainer.training import ChainRun, train

LECTURE = Path(__file__).parents[4] / "shared" / "data" / "names.txt"
"""File of makemore's names, where it stands beside this repository."""


class TestKneserNey(ChainLaws):
    """The laws of chains, for several orders."""

    @pytest.fixture(scope="class", params=[3, pytest.param(7, marks=pytest.mark.slow)])
    @classmethod
    def recipe(cls, request: pytest.FixtureRequest) -> Recipe:
        """Provide the recipe with one length of context."""
        return override(KNESER_NEY, block_size=request.param)


def count(source: str | Path, **settings: float) -> ChainRun:
    """Return a run of the recipe on a data file."""
    return train(Names.read(str(source)), override(KNESER_NEY, **settings), 42, "cpu", iter)


@pytest.mark.parametrize("block_size", [1, 8])
def test_an_order_out_of_range_is_refused(block_size: int) -> None:
    """The order is 3 to 8: contexts of 2 to 7 symbols."""
    with pytest.raises(RecipeError, match=f"block_size: {block_size} is not in 2 to 7"):
        override(KNESER_NEY, block_size=block_size)


@pytest.mark.parametrize("setting", ["steps", "hidden", "embedding", "batch_size", "learning_rate"])
def test_settings_of_networks_are_refused(setting: str) -> None:
    """Counting has no steps, no units and no rate."""
    with pytest.raises(RecipeError, match=f"{setting}: the recipe kneser-ney has no such setting"):
        override(RECIPES["kneser-ney"], **{setting: 2})


def test_counting_gives_known_losses_on_us_names() -> None:
    """At three and four characters the losses are 2.0762 and 2.0187 on val of us-names."""
    losses = {size: count("us-names", block_size=size).split_losses["val"] for size in (3, 4)}
    assert losses[3].loss == pytest.approx(2.0762, abs=1e-4)
    assert losses[4].loss == pytest.approx(2.0187, abs=1e-4)
    assert losses[3].seen.names == losses[4].seen.names == 0
    assert losses[3].loss - losses[3].novel > 0.01


@pytest.mark.skipif(not LECTURE.exists(), reason="names.txt is not here")
def test_counting_beats_batchnorm_at_three_characters() -> None:
    """The val loss on names.txt is 2.0564, where the notebook's network has 2.1076."""
    val = count(LECTURE).split_losses["val"]
    assert val.loss == pytest.approx(2.0564, abs=1e-4)
    assert val.seen.names == 424
    assert val.seen.loss < val.loss < val.unseen.loss
    assert val.novel is None


def test_a_script_of_thousands_of_symbols_keeps_to_the_bundles_limit(tmp_path: Path) -> None:
    """The chain of 3,000 symbols has as many states as fit, and every split has a loss."""
    path = tmp_path / "names.txt"
    words = (chr(0x4E00 + i) + chr(0x4E00 + 7 * i % 3_000) for i in range(6_000))
    path.write_text("\n".join(words), encoding="utf-8")
    run = count(path)
    states, size = run.chain.log_probs.shape
    assert 0.9 * CHAIN_LIMIT < states * size * 4 <= CHAIN_LIMIT
    assert all(0 < loss < 20 for loss in run.losses.values())


def test_a_dozen_names_are_enough(tmp_path: Path) -> None:
    """Without counts of counts the fixed discounts are taken, and every split has a loss."""
    path = tmp_path / "names.txt"
    path.write_text("ana\nmia\nzoe\n" * 4, encoding="utf-8")
    run = count(path, block_size=7)
    assert all(0 < loss < 3 for loss in run.losses.values())
