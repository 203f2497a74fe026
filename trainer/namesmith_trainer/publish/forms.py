"""The exported forms of a run's model, and their largest difference from the model."""

from collections.abc import Mapping
from functools import singledispatch

import torch

from namesmith import bundle
from namesmith_trainer.publish import export, parity_check
from namesmith_trainer.publish.chain_form import ChainForm
from namesmith_trainer.training import ChainRun, NetworkRun, Run


@singledispatch
def export_forms(run: Run) -> dict[str, bytes]:
    """Export a run's model as ONNX, TorchScript, and a chain or, up to TABLE_LIMIT bytes, a table.

    Raises:
        TypeError: the run is neither of a network nor of a chain.
    """
    raise TypeError(f"{type(run).__name__} has no exported forms")


@export_forms.register
def _(run: NetworkRun) -> dict[str, bytes]:
    size, block_size = len(run.vocabulary), run.recipe.block_size
    folded = run.network.fold()
    files = {
        bundle.ONNX: export.to_onnx(folded, block_size),
        bundle.TORCHSCRIPT: export.to_torchscript(folded),
    }
    if run.recipe.has_table(size):
        files[bundle.TABLE] = export.to_table(folded, size, block_size)
    return files


@export_forms.register
def _(run: ChainRun) -> dict[str, bytes]:
    form = _form(run)
    chain = run.chain
    return {
        bundle.ONNX: export.to_onnx(form, run.recipe.block_size),
        bundle.TORCHSCRIPT: export.to_torchscript(form),
        bundle.CHAIN: export.to_chain(chain.log_probs, chain.rows, chain.successors, chain.start),
    }


@singledispatch
def measure_parity(run: Run, files: Mapping[str, bytes]) -> float:  # noqa: ARG001 - dispatched
    """Return the largest difference of the exported forms from the model, in nats.

    Raises:
        DivergedError: float32 cannot tell a network's probabilities.
        ParityError: an exported form differs from a network by more than is allowed, or from a
            chain at all.
        TypeError: the run is neither of a network nor of a chain.
    """
    raise TypeError(f"{type(run).__name__} has no exported forms")


@measure_parity.register
def _(run: NetworkRun, files: Mapping[str, bytes]) -> float:
    contexts = parity_check.sample_contexts(len(run.vocabulary), run.recipe.block_size)
    batch = parity_check.batch_of(run.recipe.hidden, run.recipe.block_size)
    reference = parity_check.network_reference(run.network, contexts, batch, run.device)
    return parity_check.check_parity(files, reference)


@measure_parity.register
def _(run: ChainRun, files: Mapping[str, bytes]) -> float:
    contexts = parity_check.walked_contexts(_form(run), run.recipe.block_size)
    states = run.chain.states_of(contexts.numpy())
    expected = torch.from_numpy(run.chain.log_probs[states])
    reference = parity_check.Reference(contexts, expected, allowed=0.0, model="chain")
    return parity_check.check_parity(files, reference)


def _form(run: ChainRun) -> ChainForm:
    """Return a run's chain as the module that is exported."""
    return ChainForm(run.chain.log_probs, run.chain.rows, run.chain.successors, run.chain.start)
