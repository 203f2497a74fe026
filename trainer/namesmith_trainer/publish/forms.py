"""The exported forms of a run's model, and their largest difference from the model."""

from collections.abc import Mapping
from functools import singledispatch

import torch

from namesmith import bundle
from namesmith_trainer.chains import Chain
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
    if run.stand_in:
        return _chain_files(run.stand_in.chain, block_size)
    folded = run.network.fold()
    files = {
        bundle.ONNX: export.to_onnx(folded, block_size),
        bundle.TORCHSCRIPT: export.to_torchscript(folded),
    }
    if run.with_table and run.recipe.has_table(size):
        files[bundle.TABLE] = export.to_table(folded, size, block_size)
    return files


@export_forms.register
def _(run: ChainRun) -> dict[str, bytes]:
    return _chain_files(run.chain, run.recipe.block_size)


def _chain_files(chain: Chain, block_size: int) -> dict[str, bytes]:
    """Export a chain whose states depend on ``block_size`` symbols."""
    form = _form(chain)
    return {
        bundle.ONNX: export.to_onnx(form, block_size),
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
    if run.stand_in:
        return _chain_parity(run.stand_in.chain, run.recipe.block_size, files)
    contexts = parity_check.sample_contexts(len(run.vocabulary), run.recipe.block_size)
    batch = parity_check.batch_of(run.recipe.hidden, run.recipe.block_size)
    reference = parity_check.network_reference(run.network, contexts, batch, run.device)
    return parity_check.check_parity(files, reference)


@measure_parity.register
def _(run: ChainRun, files: Mapping[str, bytes]) -> float:
    return _chain_parity(run.chain, run.recipe.block_size, files)


def _chain_parity(chain: Chain, block_size: int, files: Mapping[str, bytes]) -> float:
    """Return the largest difference of the exported forms from a chain, which is 0."""
    contexts = parity_check.walked_contexts(_form(chain), block_size)
    states = chain.states_of(contexts.numpy())
    expected = torch.from_numpy(chain.log_probs[states])
    reference = parity_check.Reference(contexts, expected, allowed=0.0, model="chain")
    return parity_check.check_parity(files, reference)


def _form(chain: Chain) -> ChainForm:
    """Return a chain as the module that is exported."""
    return ChainForm(chain.log_probs, chain.rows, chain.successors, chain.start)
