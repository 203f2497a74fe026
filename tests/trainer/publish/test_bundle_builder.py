"""Tests of the manifest and the files of a bundle."""

import io
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
import torch
from safetensors.numpy import load

from namesmith import bundle
from namesmith.bundle import Bundle
from namesmith.limits import MAX_LOG_PROB_DIFFERENCE
from namesmith_trainer.publish import ParityError, build_bundle, bundle_builder, export
from namesmith_trainer.training import NetworkRun


def test_the_manifest_records_the_largest_difference_of_the_forms(
    small_run: NetworkRun, repository: Path
) -> None:
    """The recorded number equals the largest difference of any form at any batch size."""
    opened = Bundle.open(repository / "small" / "1")
    contexts = np.array(list(np.ndindex(27, 27, 27)))
    expected = small_run.network.log_probs(torch.from_numpy(contexts)).double().numpy()
    every_twentieth = slice(None, None, 20)
    session = onnxruntime.InferenceSession(opened.read(bundle.ONNX))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        scripted = torch.jit.load(io.BytesIO(opened.read(bundle.TORCHSCRIPT)))

    def by_onnx(rows: Any) -> Any:
        return session.run(["log_probs"], {"context": rows})[0]

    def by_torchscript(rows: Any) -> Any:
        return scripted(torch.from_numpy(rows)).numpy()

    differences = [np.abs(load(opened.read(bundle.TABLE))["log_probs"] - expected).max()]
    for form in (by_onnx, by_torchscript):
        differences.append(np.abs(form(contexts) - expected).max())
        for at in range(0, len(contexts), 32):
            rows = slice(at, at + 32)
            differences.append(np.abs(form(contexts[rows]) - expected[rows]).max())
        singles = np.concatenate([form(row[None]) for row in contexts[every_twentieth]])
        differences.append(np.abs(singles - expected[every_twentieth]).max())
    recorded = opened.manifest.max_log_prob_difference
    assert recorded == pytest.approx(max(differences), rel=1e-6)
    assert 0 < recorded <= MAX_LOG_PROB_DIFFERENCE


def test_a_form_that_differs_from_the_network_is_not_published(
    small_run: NetworkRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bundle with a wrong table is not built."""
    wrong = small_run.network.fold()
    wrong.b2[3] += 2 * MAX_LOG_PROB_DIFFERENCE
    forms = {bundle.TABLE: export.to_table(wrong, 27, 3)}
    monkeypatch.setattr(bundle_builder, "export_forms", lambda _run: forms)
    with pytest.raises(ParityError, match=r"table\.safetensors differs from the network"):
        build_bundle(small_run, "m")
