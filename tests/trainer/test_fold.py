"""Folding, exporting and the check that holds them to the network."""

from dataclasses import replace
from pathlib import Path

import onnx
import pytest
import torch

from namesmith import bundle
from namesmith.bundle import Bundle
from namesmith_trainer import agreement
from namesmith_trainer.agreement import DisagreementError
from namesmith_trainer.data import Names
from namesmith_trainer.export import to_table
from namesmith_trainer.recipe import RECIPES
from namesmith_trainer.release import bundle_files
from namesmith_trainer.run import Run, run


def test_the_folded_model_is_the_network(small_run: Run) -> None:
    """On every context the fold and the network in evaluation mode agree within 1e-5."""
    contexts = agreement.sample_contexts(27, 3)
    assert len(contexts) == 27**3
    expected = small_run.network.log_probs(contexts)
    torch.testing.assert_close(
        small_run.network.fold()(contexts).float(), expected, atol=1e-5, rtol=0
    )


def test_the_graph_holds_no_batchnorm_and_no_paths(repository: Path) -> None:
    """Folded means folded, and no stack trace of the exporting machine is shipped."""
    raw = Bundle.open(repository / "small" / "1").read(bundle.ONNX)
    graph = onnx.load_from_string(raw).graph
    assert "BatchNormalization" not in {node.op_type for node in graph.node}
    assert not any(node.metadata_props for node in graph.node)
    assert str(Path(__file__).parents[2]).encode() not in raw


def test_a_wrong_table_is_not_published(small_run: Run) -> None:
    """A form that differs from the network by more than 1e-4 is named and refused."""
    contexts = agreement.sample_contexts(27, 3)
    wrong = small_run.network.fold()
    wrong.b2[3] += 0.01
    files = {bundle.TABLE: to_table(wrong, 27, 3)}
    with pytest.raises(DisagreementError, match=r"table\.safetensors differs .* at most 0\.0001"):
        agreement.check_agreement(files, contexts, small_run.network.log_probs(contexts))


def test_more_contexts_than_can_be_compared_are_sampled() -> None:
    """Where V^L is above 20,000 the check takes 20,000 random contexts, the same each time."""
    contexts = agreement.sample_contexts(27, 8)
    assert contexts.shape == (20_000, 8)
    assert torch.equal(contexts, agreement.sample_contexts(27, 8))


@pytest.mark.parametrize("stage", list(RECIPES))
def test_every_recipe_exports_what_it_is(stage: str) -> None:
    """Of each recipe, a few steps in, the published files agree with the network."""
    recipe = replace(RECIPES[stage], steps=20)
    finished = run(Names.read("us-names"), recipe, 42, "cpu", lambda blocks: blocks)
    assert {bundle.ONNX, bundle.TORCHSCRIPT} < set(bundle_files(finished))
