"""The laws of every family of models, as tests that a family's test class inherits.

``FamilyLaws`` are for families of networks, ``ChainLaws`` for recipes whose runs end with a chain.

A subclass overrides the fixture ``recipe`` with one or more recipes of the family; every law then
runs for each recipe.
"""

import io
import math
import warnings
from collections.abc import Iterator
from dataclasses import fields, replace
from itertools import groupby
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from torch import Tensor
from torch.testing import assert_close

from namesmith import bundle
from namesmith.limits import ASSUMED_LOG_PROB_DIFFERENCE
from namesmith.vocabulary import END
from namesmith_server import backends
from namesmith_trainer.data import Names, contexts_and_targets
from namesmith_trainer.models import NetworkRecipe, Recipe
from namesmith_trainer.publish import build_bundle
from namesmith_trainer.publish.forms import export_forms, measure_parity
from namesmith_trainer.training import (
    ChainRun,
    NetworkRun,
    Progress,
    StoppedError,
    Training,
    train,
)

NAMES = 300
"""Number of names that the laws train on."""

STEPS = 200
"""Number of steps of the run that the laws look at."""

SEED = 7
"""Seed of the minibatches."""


class RecipeLaws:
    """The laws of every recipe, and the fixtures of all laws."""

    @pytest.fixture(scope="class")
    @classmethod
    def recipe(cls) -> Recipe:
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

    def test_settings_are_fields_with_defaults_within_bounds(self, recipe: Recipe) -> None:
        """Every setting that may be overridden is a field; the recipe's own value is allowed."""
        assert set(recipe.SETTINGS) <= {field.name for field in fields(recipe)}
        for name, (least, most, _) in recipe.SETTINGS.items():
            value = getattr(recipe, name)
            assert value is None or least <= value <= most, name


class FamilyLaws(RecipeLaws):
    """The laws of networks, each a test that takes the fixture ``recipe``."""

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
        """The last steps' mean loss is below the first steps', and every weight has changed.

        A bias before BatchNorm has no gradient: BatchNorm subtracts it again.
        """
        assert trained.step_losses[-20:].mean() < 0.95 * trained.step_losses[:20].mean()
        initial = trained.initial_network().weights
        idle = {"b1"} if "gain" in initial else set()
        for name, weight in trained.network.weights.items():
            assert torch.equal(weight, initial[name]) == (name in idle), name

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
        assert 0 < measure_parity(trained, files) <= ASSUMED_LOG_PROB_DIFFERENCE
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # the bundle format asks for it
            scripted = torch.jit.load(io.BytesIO(files[bundle.TORCHSCRIPT]))
        assert "aten::batch_norm" not in str(scripted.inlined_graph)
        nodes = onnx.load_from_string(files[bundle.ONNX]).graph.node
        assert "BatchNormalization" not in {node.op_type for node in nodes}
        assert not any(node.metadata_props for node in nodes)
        assert str(Path(__file__).parents[1]).encode() not in files[bundle.ONNX]

    def test_the_exported_forms_are_one_function_in_float64(
        self, recipe: NetworkRecipe, trained: NetworkRun
    ) -> None:
        """Widened to float64, ONNX on the CPU and TorchScript differ by less than 1e-12 nats."""
        files = export_forms(trained)
        size = len(trained.vocabulary)
        shape = (2_000, recipe.block_size)
        some = np.random.default_rng(1).integers(0, size, shape)
        answers = [
            backends.get(name)(files[file], config(size, recipe, file)).log_probs(some)
            for name, file in (("onnx", bundle.ONNX), ("torchscript", bundle.TORCHSCRIPT))
        ]
        assert [one.dtype for one in answers] == [np.float64, np.float64]
        np.testing.assert_allclose(answers[0], answers[1], rtol=0, atol=1e-12)


def config(size: int, recipe: NetworkRecipe, file: str) -> backends.BackendConfig:
    """Return the surroundings of a backend that computes in float64."""
    return backends.BackendConfig(
        vocab_size=size, block_size=recipe.block_size, file=file, precision="float64"
    )


class ChainLaws(RecipeLaws):
    """The laws of chains, each a test that takes the fixture ``recipe``."""

    @pytest.fixture(scope="class")
    @classmethod
    def trained(cls, recipe: Recipe, names: Names) -> ChainRun:
        """Provide a run of the recipe."""
        return train(names, recipe, SEED, "cpu", iter)

    def test_equal_runs_give_equal_chains(
        self, recipe: Recipe, names: Names, trained: ChainRun
    ) -> None:
        """Data, recipe and seed decide every number of the chain."""
        again = train(names, recipe, SEED, "cpu", iter)
        assert again.chain.contexts == trained.chain.contexts
        for name in ("log_probs", "rows", "successors", "start"):
            assert np.array_equal(getattr(again.chain, name), getattr(trained.chain, name)), name
        assert again.split_losses == trained.split_losses

    def test_phases_are_told_to_their_ends(self, recipe: Recipe, names: Names) -> None:
        """Each phase of a run comes once; its events rise to the total."""
        told: list[Progress] = []

        def watch(events: Iterator[Progress]) -> Iterator[Progress]:
            for event in events:
                told.append(event)
                yield event

        train(names, recipe, SEED, "cpu", watch)
        phases = [(phase, [*events]) for phase, events in groupby(told, lambda each: each.phase)]
        assert len({phase for phase, _ in phases}) == len(phases) > 0
        for _, events in phases:
            done = [event.done for event in events]
            assert done == sorted(done)
            assert done[-1] == events[-1].total > 0

    def test_a_run_ends_where_it_is_asked_to(self, recipe: Recipe, names: Names) -> None:
        """A run that is asked to stop raises after its first event."""
        with pytest.raises(StoppedError, match="stopped at"):
            train(names, recipe, SEED, "cpu", iter, stop=lambda: True)

    def test_distributions_are_normalised(self, trained: ChainRun) -> None:
        """The probabilities of every state's next symbol add up to 1, and none is 0."""
        log_probs = trained.chain.log_probs.astype(np.float64)
        np.testing.assert_allclose(np.exp(log_probs).sum(1), 1, atol=1e-5)
        assert np.isfinite(log_probs).all()

    def test_the_last_symbols_decide(self, trained: ChainRun) -> None:
        """A state depends on the last L symbols alone; every state is reached; END restarts."""
        chain, length = trained.chain, trained.recipe.block_size
        rng = np.random.default_rng(0)
        texts = rng.integers(0, len(trained.vocabulary), (2_000, length + 9))
        assert np.array_equal(chain.states_of(texts), chain.states_of(texts[:, -length:]))
        assert (chain.successors[:, END] == chain.start).all()
        reached = {chain.start}
        while new := {*chain.successors[chain.rows[[*reached]]].ravel().tolist()} - reached:
            reached |= new
        assert len(reached) == len(chain.contexts) == len(chain.log_probs)

    def test_losses_are_those_of_the_names(self, trained: ChainRun) -> None:
        """A split's loss is the mean over its symbols, with its parts, and given novel."""
        ids, chain = trained.vocabulary.ids, trained.chain

        def score(name: str) -> float:
            symbols, state, total = [*(ids[character] for character in name), END], chain.start, 0.0
            for symbol in symbols:
                total += float(chain.log_probs[state, symbol])
                state = chain.successors[chain.rows[state], symbol]
            return total

        known = {*trained.splits["train"]}
        mass = math.fsum(math.exp(score(name)) for name in known)
        for split, names in trained.splits.items():
            found = trained.split_losses[split]
            scores, symbols = sum(map(score, names)), sum(len(name) + 1 for name in names)
            assert found.loss == pytest.approx(-scores / symbols, rel=1e-9)
            assert found.seen.names == sum(name in known for name in names)
            assert found.seen.symbols + found.unseen.symbols == found.symbols == symbols
            if found.novel is not None:
                expected = (len(names) * math.log(1 - mass) - scores) / symbols
                assert found.novel == pytest.approx(expected, rel=1e-9)
                assert found.novel < found.loss

    def test_the_exported_forms_are_the_chain(self, trained: ChainRun) -> None:
        """Every form gives the chain's own numbers, to the last bit."""
        files = export_forms(trained)
        assert set(files) == {bundle.ONNX, bundle.TORCHSCRIPT, bundle.CHAIN}
        assert measure_parity(trained, files) == 0
        assert str(Path(__file__).parents[1]).encode() not in files[bundle.ONNX]

    def test_the_manifest_describes_the_chain(self, trained: ChainRun) -> None:
        """States, parameters and losses are recorded, and the report has its pages."""
        manifest, files = build_bundle(trained, "m")
        states, size = trained.chain.log_probs.shape
        assert manifest.chain.states == sum(manifest.chain.states_by_length) == states
        assert manifest.architecture.parameters == states * size
        assert manifest.max_log_prob_difference == 0
        for split in manifest.splits:
            assert split.loss == trained.losses[split.name]
            assert split.seen.names + split.unseen.names == split.names
        assert bundle.REPORT in files
        assert bundle.TABLE not in files
