"""The laws of every family of networks, as tests that a family's test class inherits.

A subclass overrides the fixture ``recipe`` with one or more recipes of the family; every law then
runs for each recipe.
"""

import io
import warnings
from dataclasses import fields, replace
from pathlib import Path

import onnx
import pytest
import torch
from torch import Tensor
from torch.testing import assert_close

from namesmith import bundle
from namesmith.limits import MAX_LOG_PROB_DIFFERENCE
from namesmith_trainer.data import Names, contexts_and_targets
from namesmith_trainer.models import NetworkRecipe
from namesmith_trainer.publish.forms import export_forms, measure_parity
from namesmith_trainer.training import NetworkRun, Training, train

NAMES = 300
"""Number of names that the laws train on."""

STEPS = 200
"""Number of steps of the run that the laws look at."""

SEED = 7
"""Seed of the minibatches."""


class FamilyLaws:
    """The laws, each a test that takes the fixture ``recipe``."""

    @pytest.fixture(scope="class")
    @classmethod
    def recipe(cls) -> NetworkRecipe:
        """Provide a recipe of the family."""
        raise NotImplementedError

    @pytest.fixture(scope="class")
    @classmethod
    def names(cls, tmp_path_factory: pytest.TempPathFactory) -> Names:
        """Provide a few names of us-names."""
        path = tmp_path_factory.mktemp("data") / "names.txt"
        few = Names.read("us-names").names[:: 29_910 // NAMES][:NAMES]
        path.write_text("\n".join(few), encoding="utf-8")
        return Names.read(str(path))

    @pytest.fixture(scope="class")
    @classmethod
    def trained(cls, recipe: NetworkRecipe, names: Names) -> NetworkRun:
        """Provide a short run of the recipe."""
        return train(names, replace(recipe, steps=STEPS), SEED, "cpu", lambda blocks: blocks)

    @pytest.fixture(scope="class")
    @classmethod
    def contexts(cls, trained: NetworkRun) -> Tensor:
        """Provide a hundred random contexts, int64 [100, L]."""
        shape = 100, trained.recipe.block_size
        generator = torch.Generator().manual_seed(0)
        return torch.randint(0, len(trained.vocabulary), shape, generator=generator)

    def test_settings_are_fields_with_defaults_within_bounds(self, recipe: NetworkRecipe) -> None:
        """Every setting that may be overridden is a field; the recipe's own value is allowed."""
        assert set(recipe.SETTINGS) <= {field.name for field in fields(recipe)}
        for name, (least, most, _) in recipe.SETTINGS.items():
            value = getattr(recipe, name)
            assert value is None or least <= value <= most, name

    def test_rates_are_positive_and_at_most_the_learning_rate(self, recipe: NetworkRecipe) -> None:
        """Every step of a run has a rate above 0 and at most the recipe's highest."""
        short = replace(recipe, steps=STEPS)
        assert all(0 < short.rate_at(step) <= short.learning_rate for step in range(STEPS))

    def test_initial_weights_are_a_function_of_the_recipe(self, recipe: NetworkRecipe) -> None:
        """Equal recipes build equal float32 leaves; another seed draws other weights."""
        first, second = recipe.network(27), recipe.network(27)
        other = replace(recipe, init_seed=recipe.init_seed - 1).network(27)
        assert list(first.weights) == list(second.weights) == list(other.weights)
        for name, weight in first.weights.items():
            assert weight.is_leaf
            assert weight.requires_grad
            assert weight.dtype == torch.float32
            assert torch.equal(weight, second.weights[name]), name
        assert not torch.equal(first.weights["W2"], other.weights["W2"])

    def test_activations_have_their_shapes_and_change_nothing(self, recipe: NetworkRecipe) -> None:
        """A look at the activations leaves weights and statistics equal; W2 is [H, V]."""
        network = recipe.network(27)
        before = {name: tensor.clone() for name, tensor in network.state().items()}
        contexts = torch.arange(50 * recipe.block_size).view(50, -1) % 27
        seen = network.activations(contexts)
        assert seen.logits.shape == (50, 27)
        assert seen.h.shape == seen.pre.shape == (50, len(network.weights["W2"]))
        assert network.weights["W2"].shape[1] == 27
        assert all(torch.equal(before[name], tensor) for name, tensor in network.state().items())

    def test_training_reduces_the_loss(self, trained: NetworkRun) -> None:
        """The last steps' mean loss is below the first steps', and every weight has changed."""
        assert trained.step_losses[-20:].mean() < 0.95 * trained.step_losses[:20].mean()
        initial = trained.initial_network().weights
        for name, weight in trained.network.weights.items():
            assert not torch.equal(weight, initial[name]), name

    def test_a_restored_state_continues_bit_for_bit(
        self, recipe: NetworkRecipe, names: Names
    ) -> None:
        """A run that is restored from the state of another takes equal steps from there on."""
        data = contexts_and_targets(names.names, names.vocabulary(), recipe.block_size)
        size = len(names.vocabulary())
        whole, resumed = (Training(recipe.network(size), *data, recipe, SEED) for _ in range(2))
        whole.advance(7)
        resumed.restore({name: tensor.clone() for name, tensor in whole.state().items()})
        assert torch.equal(whole.advance(5), resumed.advance(5))
        states = whole.state(), resumed.state()
        assert list(states[0]) == list(states[1])
        assert all(torch.equal(states[1][name], tensor) for name, tensor in states[0].items())

    def test_distributions_are_normalised(self, trained: NetworkRun, contexts: Tensor) -> None:
        """The probabilities of every context's next symbol add up to 1."""
        for log_probs, error in (
            (trained.network.log_probs(contexts), 1e-5),
            (trained.network.fold()(contexts), 1e-12),
        ):
            assert log_probs.shape == (len(contexts), len(trained.vocabulary))
            sums = log_probs.exp().sum(1)
            assert_close(sums, torch.ones_like(sums), atol=error, rtol=0)

    def test_a_batch_equals_its_single_rows(self, trained: NetworkRun, contexts: Tensor) -> None:
        """A context's distribution does not depend on the other contexts of its batch."""
        for model in (trained.network.log_probs, trained.network.fold()):
            batch = model(contexts)
            rows = torch.cat([model(row[None]) for row in contexts])
            assert_close(rows, batch, atol=1e-5, rtol=1e-5)

    def test_the_folded_module_equals_evaluation(
        self, trained: NetworkRun, contexts: Tensor
    ) -> None:
        """The folded module gives the log-probabilities of the network in evaluation."""
        folded = trained.network.fold()(contexts)
        assert folded.dtype == torch.float64
        expected = trained.network.log_probs(contexts)
        assert_close(folded.float(), expected, atol=1e-5, rtol=1e-5)

    def test_the_exported_forms_agree_and_hold_no_batchnorm(self, trained: NetworkRun) -> None:
        """Every form gives the network's probabilities, and no graph holds a BatchNorm."""
        files = export_forms(trained)
        assert {bundle.ONNX, bundle.TORCHSCRIPT} <= set(files)
        assert 0 < measure_parity(trained, files) <= MAX_LOG_PROB_DIFFERENCE
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # the bundle format asks for it
            scripted = torch.jit.load(io.BytesIO(files[bundle.TORCHSCRIPT]))
        assert "aten::batch_norm" not in str(scripted.inlined_graph)
        nodes = onnx.load_from_string(files[bundle.ONNX]).graph.node
        assert "BatchNormalization" not in {node.op_type for node in nodes}
        assert not any(node.metadata_props for node in nodes)
        assert str(Path(__file__).parents[1]).encode() not in files[bundle.ONNX]
