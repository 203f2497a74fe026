"""Tests of the manifest and the files of a bundle."""

import io
import warnings
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch
from safetensors.numpy import load

from namesmith import bundle
from namesmith.bundle import Bundle
from namesmith.limits import MAX_LOG_PROB_DIFFERENCE
from namesmith_trainer.publish import ParityError, build_bundle, export
from namesmith_trainer.training import Run


def test_the_manifest_records_the_largest_difference_of_the_forms(
    small_run: Run, repository: Path
) -> None:
    """The recorded number equals the largest difference that is measured here, form by form."""
    opened = Bundle.open(repository / "small" / "1")
    contexts = np.array(list(np.ndindex(27, 27, 27)))
    expected = small_run.network.log_probs(torch.from_numpy(contexts)).double().numpy()
    session = onnxruntime.InferenceSession(opened.read(bundle.ONNX))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        scripted = torch.jit.load(io.BytesIO(opened.read(bundle.TORCHSCRIPT)))
    forms = {
        bundle.ONNX: session.run(["log_probs"], {"context": contexts})[0],
        bundle.TORCHSCRIPT: scripted(torch.from_numpy(contexts)).numpy(),
        bundle.TABLE: load(opened.read(bundle.TABLE))["log_probs"],
    }
    differences = [np.abs(form - expected).max() for form in forms.values()]
    recorded = opened.manifest.max_log_prob_difference
    assert recorded == pytest.approx(max(differences), rel=1e-6)
    assert 0 < recorded <= MAX_LOG_PROB_DIFFERENCE


def test_a_form_that_differs_from_the_network_is_not_published(
    small_run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bundle with a wrong table is not built."""
    to_table = export.to_table

    def wrong(model: torch.nn.Module, vocab_size: int, block_size: int) -> bytes:
        model.b2[3] += 2 * MAX_LOG_PROB_DIFFERENCE
        return to_table(model, vocab_size, block_size)

    monkeypatch.setattr(export, "to_table", wrong)
    with pytest.raises(ParityError, match=r"table\.safetensors differs from the network"):
        build_bundle(small_run, "m")
