"""The losses of splits: the novel loss comes from the probability that a description holds."""

import asyncio
import math

import pytest

from drawing import Load
from namesmith_server.app.settings import BackendName
from namesmith_server.engine.model.split_losses import novel_loss
from namesmith_server.engine.results import Loss


@pytest.mark.parametrize("backend", ["table", "onnx"])
async def test_losses_and_descriptions_share_the_probability_of_training_names(
    small: Load, backend: BackendName
) -> None:
    """First calls at once answer the same figures as later ones, from the very same probability."""
    model = small(backend)
    val, test, described, again = await asyncio.gather(
        model.split_loss("val"),
        model.split_loss("test"),
        model.description(),
        model.split_loss("val"),
    )
    assert val == again == await model.split_loss("val")
    for loss in (val, test):
        assert loss.novel == novel_loss(loss.whole, described.training_probability)
        assert loss.unseen == loss.whole


def test_a_novel_loss_is_exact_for_any_probability_of_training_names() -> None:
    """However improbable training names are, they lower the loss; where they are sure, none is."""
    loss = Loss(total=20.0, names=2, symbols=10)
    assert novel_loss(loss, 0.0) == loss.mean
    assert novel_loss(loss, 1e-30) == loss.mean
    assert novel_loss(loss, 0.75) == pytest.approx(2 - 2 * math.log(4) / 10, rel=1e-15)
    assert novel_loss(loss, 1e-9) == pytest.approx(2 - 2e-10, rel=1e-15)
    assert novel_loss(loss, 1.0) is None
