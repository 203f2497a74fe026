"""The exported forms of a run's model, and their largest difference from the model."""

from collections.abc import Mapping

import torch
from torch import Tensor

from namesmith import bundle
from namesmith_trainer.publish import export, parity_check
from namesmith_trainer.publish.chain_form import ChainForm
from namesmith_trainer.publish.parity_check import ParityError
from namesmith_trainer.training import ChainRun, NetworkRun, Run


def export_forms(run: Run) -> dict[str, bytes]:
    """Export a run's model as ONNX, TorchScript, and a chain or, up to TABLE_LIMIT bytes, a table.

    Raises:
        TypeError: the run is neither of a network nor of a chain.
    """
    match run:
        case NetworkRun():
            return _network_forms(run)
        case ChainRun():
            return _chain_forms(run)
        case _:
            raise TypeError(f"{type(run).__name__} has no exported forms")


def measure_parity(run: Run, files: Mapping[str, bytes]) -> float:
    """Return the largest difference of the exported forms from the model, in nats.

    Raises:
        ParityError: an exported form differs from a network by more than is allowed, or from a
            chain at all.
    """
    contexts = parity_check.sample_contexts(len(run.vocabulary), run.recipe.block_size)
    difference = parity_check.check_parity(files, contexts, _log_probs(run, contexts))
    if isinstance(run, ChainRun) and difference:
        raise ParityError(f"an exported form differs from the chain by {difference:.3g}, not by 0")
    return difference


def _network_forms(run: NetworkRun) -> dict[str, bytes]:
    size, block_size = len(run.vocabulary), run.recipe.block_size
    folded = run.network.fold()
    files = {
        bundle.ONNX: export.to_onnx(folded, block_size),
        bundle.TORCHSCRIPT: export.to_torchscript(folded),
    }
    if run.recipe.has_table(size):
        files[bundle.TABLE] = export.to_table(folded, size, block_size)
    return files


def _chain_forms(run: ChainRun) -> dict[str, bytes]:
    chain = run.chain
    arrays = chain.log_probs, chain.rows, chain.successors, chain.start
    form = ChainForm(*arrays)
    return {
        bundle.ONNX: export.to_onnx(form, run.recipe.block_size),
        bundle.TORCHSCRIPT: export.to_torchscript(form),
        bundle.CHAIN: export.to_chain(*arrays),
    }


def _log_probs(run: Run, contexts: Tensor) -> Tensor:
    """Return the log-probabilities [N, V] of a run's own model for contexts int64 [N, L]."""
    if isinstance(run, ChainRun):
        return torch.from_numpy(run.chain.log_probs[run.chain.states_of(contexts.numpy())])
    assert isinstance(run, NetworkRun)  # noqa: S101 - export_forms has refused others
    return run.network.log_probs(contexts.to(run.device)).cpu()
