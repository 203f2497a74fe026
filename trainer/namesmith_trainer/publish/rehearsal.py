"""The rehearsal before a long run: the model is exported as it is, untrained, and checked.

An exporter that fails, a package that is missing, a file larger than readers take: each is told in
seconds, and not after an hour of training.
"""

from contextlib import suppress

import numpy as np

from namesmith import bundle
from namesmith.v1.manifest_pb2 import File
from namesmith_trainer.models import DistilledRecipe, NetworkRecipe, Recipe
from namesmith_trainer.publish import export, parity_check
from namesmith_trainer.publish.chain_form import ChainForm
from namesmith_trainer.training import DivergedError

LONG = 10_000
"""Least number of steps of a run that is worth the 2.5 s of a rehearsal."""

FEW = 64
"""Number of contexts on which the forms are compared."""


def is_rehearsed(recipe: Recipe) -> bool:
    """Return whether a run of a recipe is long enough for a rehearsal."""
    if isinstance(recipe, NetworkRecipe):
        return recipe.steps >= LONG
    return isinstance(recipe, DistilledRecipe) and bool(recipe.networks)


def rehearse(recipe: Recipe, vocab_size: int) -> None:
    """Export and check the untrained model of a recipe, where its run is long.

    Raises:
        ExportError: a form cannot be exported.
        ParityError: a form differs from the model.
        BundleError: a file is larger than readers take.
    """
    if not is_rehearsed(recipe):
        return
    if isinstance(recipe, NetworkRecipe):
        _rehearse_network(recipe, vocab_size)
    elif isinstance(recipe, DistilledRecipe):
        _rehearse_chain(recipe, vocab_size)


def _rehearse_network(recipe: NetworkRecipe, vocab_size: int) -> None:
    network = recipe.network(vocab_size)
    folded = network.fold()
    files = {
        bundle.ONNX: export.to_onnx(folded, recipe.block_size),
        bundle.TORCHSCRIPT: export.to_torchscript(folded),
    }
    bundle.check_sizes([File(path=path, size=len(raw)) for path, raw in files.items()])
    contexts = parity_check.sample_contexts(vocab_size, recipe.block_size)[:FEW]
    with suppress(DivergedError):  # initial weights may be as wild as they like
        reference = parity_check.network_reference(network, contexts, FEW, "cpu")
        parity_check.check_parity(files, reference)


def _rehearse_chain(recipe: DistilledRecipe, vocab_size: int) -> None:
    """Export the chain of one state, which draws each symbol as often as any other."""
    log_probs = np.full((1, vocab_size), -np.log(vocab_size))
    form = ChainForm(log_probs, [0], np.zeros((1, vocab_size)), 0)
    files = {
        bundle.ONNX: export.to_onnx(form, recipe.block_size),
        bundle.TORCHSCRIPT: export.to_torchscript(form),
    }
    contexts = parity_check.walked_contexts(form, recipe.block_size)[:FEW]
    reference = parity_check.Reference(contexts, form(contexts), allowed=0.0, model="chain")
    parity_check.check_parity(files, reference)
