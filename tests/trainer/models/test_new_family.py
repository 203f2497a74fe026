"""A new family of networks needs two files: its module, and its test. Here one file is both.

The family is a bag of symbols: the mean of the context's embeddings, tanh, and the output layer.
No other file knows of it. The laws of every family are inherited; the last test copies this file
into a copy of the package's folder ``models``, and trains and publishes the family from the command
line.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import onnxruntime
import pytest
import torch
from torch import Tensor
from torch.testing import assert_close

import namesmith_trainer
from family_laws import FamilyLaws
from namesmith import bundle
from namesmith.bundle import Bundle
from namesmith_trainer.data import Names
from namesmith_trainer.models.base import Activations, Network
from namesmith_trainer.models.folded import Folded, exact
from namesmith_trainer.models.network_recipe import NetworkRecipe
from namesmith_trainer.models.recipe import Setting, override
from namesmith_trainer.models.registry import register
from namesmith_trainer.optim import AveragedAdamW, Optimizer, step_decay
from namesmith_trainer.training import train

# The family's module: a recipe with its network and optimiser, the network, and a preset.


@dataclass(frozen=True)
class BagRecipe(NetworkRecipe):
    """A recipe of the family.

    Attributes:
        averaging: share of the old average of the weights that a step keeps.
    """

    SETTINGS: ClassVar[Mapping[str, Setting]] = {
        **NetworkRecipe.SETTINGS,
        "averaging": Setting(0.0, 1.0, "share of the old average that a step keeps"),
    }

    averaging: float = 0.9
    learning_rate: float = 0.01

    def network(self, vocab_size: int) -> "Bag":
        """Implement ``NetworkRecipe.network``."""
        return Bag(vocab_size, self)

    def optimizer(self, network: Network) -> Optimizer:
        """Implement ``NetworkRecipe.optimizer``."""
        return AveragedAdamW(network, weight_decay=0.0, averaging=self.averaging)

    def rate_at(self, step: int) -> float:
        """Implement ``NetworkRecipe.rate_at``."""
        return step_decay(step, highest=self.learning_rate, decay_step=self.steps / 2)


class Bag(Network):
    """The mean of the context's embeddings C [V, H], tanh, and the output layer W2 [H, V], b2."""

    def __init__(self, vocab_size: int, recipe: BagRecipe) -> None:
        g = torch.Generator().manual_seed(recipe.init_seed)
        self.block_size = recipe.block_size
        self.statistics = {}
        self.weights = {
            "C": torch.randn((vocab_size, recipe.hidden), generator=g),
            "W2": torch.randn((recipe.hidden, vocab_size), generator=g) / recipe.hidden,
            "b2": torch.zeros(vocab_size),
        }
        for parameter in self.parameters():
            parameter.requires_grad_()

    def forward(self, contexts: Tensor, *, training: bool) -> Activations:  # noqa: ARG002 - alike
        """Implement ``Network.forward``."""
        pre = self.weights["C"][contexts].mean(1)
        h = torch.tanh(pre)
        return Activations(pre, h, h @ self.weights["W2"] + self.weights["b2"])

    def evaluate(self, contexts: Tensor) -> Tensor:
        """Implement ``Network.evaluate``."""
        return self.forward(contexts, training=False).logits

    def fold(self) -> Folded:
        """Implement ``Network.fold``."""
        C, W2, b2 = map(exact, self.parameters())
        return Folded((C / self.block_size).repeat(self.block_size, 1, 1), W2, b2)


BAG = BagRecipe("bag", hidden=20)

if __name__ == "namesmith_trainer.models.bag":  # a family's own module registers unconditionally
    register(BAG)

# The family's test: the inherited laws, and the way from names to a bundle.


class TestBag(FamilyLaws):
    """The laws of every family, for the bag of symbols."""

    @pytest.fixture(scope="class")
    @classmethod
    def recipe(cls) -> BagRecipe:
        """Provide the family's only recipe."""
        return BAG


@pytest.mark.slow
def test_a_module_in_the_folder_is_trained_and_published(tmp_path: Path) -> None:
    """A file added to ``models`` is on the command line, with its own option, up to its bundle."""
    package = tmp_path / "path" / "namesmith_trainer"
    shutil.copytree(Path(namesmith_trainer.__file__).parent, package)
    shutil.copy(__file__, package / "models" / "bag.py")
    names = tmp_path / "names.txt"
    names.write_text("ana\nmia\nzoe\n" * 20, encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(package.parent), *sys.path])}
    program = [sys.executable, "-c", "from namesmith_trainer.cli import main; main()", "train"]
    options = ("--recipe", "bag", "--steps", "50", "--averaging", "0.5", "--seed", "3")
    command = [*program, *options, "--data", names, "--models", tmp_path, "--name", "m"]
    subprocess.run(command, env=environment, check=True, capture_output=True)
    opened = Bundle.open(tmp_path / "m" / "1")
    opened.verify()
    assert opened.manifest.training.recipe == "bag"
    assert opened.manifest.training.settings["averaging"] == "0.5"
    assert b"recipe <b>bag</b>" in opened.read(bundle.REPORT)
    recipe = override(BAG, steps=50, averaging=0.5)
    run = train(Names.read(str(names)), recipe, 3, "cpu", lambda blocks: blocks)
    contexts = torch.randint(0, len(run.vocabulary), (100, recipe.block_size))
    session = onnxruntime.InferenceSession(opened.read(bundle.ONNX))
    (log_probs,) = session.run(["log_probs"], {"context": contexts.numpy()})
    assert_close(torch.from_numpy(log_probs), run.network.log_probs(contexts))
