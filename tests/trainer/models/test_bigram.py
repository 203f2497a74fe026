"""Tests of the bigrams: their own properties, and the laws of every recipe of chains."""

import math
from collections import Counter
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from family_laws import ChainLaws
from namesmith.bundle import CHAIN_LIMIT
from namesmith_trainer.data import Names
from namesmith_trainer.models import Recipe, RecipeError, override
from namesmith_trainer.models.bigram import BIGRAM
from namesmith_trainer.training import train

LECTURE = Path(__file__).parents[4] / "shared" / "data" / "names.txt"
"""File of makemore's names, where it stands beside this repository."""


class TestBigram(ChainLaws):
    """The laws of chains."""

    @pytest.fixture(scope="class")
    @classmethod
    def recipe(cls) -> Recipe:
        """Provide the recipe."""
        return BIGRAM


@pytest.mark.parametrize("smoothing", [1.0, 0.25])
def test_the_loss_is_that_of_the_counted_pairs(smoothing: float) -> None:
    """The loss of train is the mean -log of (c + a) / (c(h) + a V), counted name by name."""
    data = Names.read("us-names")
    recipe = override(BIGRAM, smoothing=smoothing)
    run = train(replace(data, names=data.names[:2_000]), recipe, 42, "cpu", iter)
    pairs = Counter(p for name in run.splits["train"] for p in pairwise(f".{name}."))
    firsts: Counter[str] = Counter()
    for (first, _), count in pairs.items():
        firsts[first] += count
    size = len(run.vocabulary)
    total = sum(
        count * math.log((count + smoothing) / (firsts[pair[0]] + smoothing * size))
        for pair, count in pairs.items()
    )
    assert run.losses["train"] == pytest.approx(-total / sum(pairs.values()), abs=1e-6)


@pytest.mark.skipif(not LECTURE.exists(), reason="names.txt is not here")
def test_the_losses_on_names_txt_are_near_the_lectures() -> None:
    """The lecture has 2.4540 on all names, without smoothing."""
    losses = train(Names.read(str(LECTURE)), BIGRAM, 42, "cpu", iter).losses
    assert losses["train"] == pytest.approx(2.4540, abs=2e-3)
    assert losses["val"] == pytest.approx(2.4540, abs=2e-3)


def test_more_symbols_than_states_share_the_state_of_no_context(tmp_path: Path) -> None:
    """The chain of 4,200 symbols keeps to a bundle's limit; every split has a loss."""
    path = tmp_path / "names.txt"
    words = (chr(0x4E00 + i % 4_200) + chr(0x4E00 + 7 * i % 4_200) for i in range(6_000))
    path.write_text("\n".join(words), encoding="utf-8")
    run = train(Names.read(str(path)), BIGRAM, 42, "cpu", iter)
    states, size = run.chain.log_probs.shape  # type: ignore[attr-defined]
    assert states < size
    assert 0.9 * CHAIN_LIMIT < states * size * 4 <= CHAIN_LIMIT
    assert all(0 < loss < 20 for loss in run.losses.values())


def test_a_bigram_has_one_symbol_of_context() -> None:
    """A longer context is refused, and points at no other setting."""
    with pytest.raises(RecipeError, match="block_size: the recipe bigram has no such setting"):
        override(BIGRAM, block_size=2)
