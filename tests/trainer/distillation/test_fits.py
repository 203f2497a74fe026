"""Tests of how close a chain is to its teachers."""

import numpy as np
import pytest
from numpy.typing import NDArray

from namesmith_trainer.distillation import fits
from namesmith_trainer.distillation.histories import Histories
from namesmith_trainer.models import DistilledRecipe
from namesmith_trainer.training import ChainRun, Job


@pytest.mark.parametrize("cells", [fits.CELLS, 1_000, 1])
def test_a_chain_that_teaches_itself_has_its_own_losses_and_no_divergence(
    counted_run: ChainRun, monkeypatch: pytest.MonkeyPatch, cells: int
) -> None:
    """On every split and its parts, in one piece or in many; every symbol is drawn by a state."""
    monkeypatch.setattr(fits, "CELLS", cells)
    chain = counted_run.chain

    def teach(histories: NDArray[np.int64]) -> NDArray[np.float32]:
        return np.exp(chain.log_probs[chain.states_of(histories)])

    splits = {split: names[:300] for split, names in counted_run.splits.items()}
    recipe = DistilledRecipe("distilled")
    job = Job(counted_run.data, splits, counted_run.vocabulary, recipe, 42, "cpu")
    histories = Histories(teach, chain.order, chain.vocab_size)
    found = fits.teacher_fits(job, histories, chain.order, chain)
    for split, names in splits.items():
        fit = found[split]
        assert fit.kl == pytest.approx(0, abs=1e-6)
        assert fit.visits.sum() == fit.losses.symbols == sum(len(name) + 1 for name in names)
        targets = [[*counted_run.vocabulary.encode(name), 0] for name in names]
        total = 0.0
        for symbols in targets:
            state = chain.start
            for symbol in symbols:
                total -= chain.log_probs[state, symbol]
                state = chain.successors[chain.rows[state], symbol]
        assert fit.losses.loss == pytest.approx(total / fit.losses.symbols, rel=1e-5)
