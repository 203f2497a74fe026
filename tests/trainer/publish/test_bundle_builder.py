"""Tests of the manifest and the files of a bundle."""

import io
import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
import torch
from safetensors.numpy import load

from namesmith import bundle
from namesmith.bundle import Bundle
from namesmith.limits import ASSUMED_LOG_PROB_DIFFERENCE
from namesmith_trainer.publish import ParityError, build_bundle, bundle_builder, export
from namesmith_trainer.report import summarise
from namesmith_trainer.training import ChainRun, NetworkRun, Teacher, TeacherFit


def test_the_manifest_records_the_largest_difference_of_the_forms(
    small_run: NetworkRun, repository: Path
) -> None:
    """The recorded number is the largest difference from float64, of any form at any batch size."""
    opened = Bundle.open(repository / "small" / "1")
    contexts = np.array(list(np.ndindex(27, 27, 27)))
    expected = small_run.network.fold()(torch.from_numpy(contexts)).numpy()
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
    assert 0 < recorded <= ASSUMED_LOG_PROB_DIFFERENCE


def test_the_manifest_holds_the_losses_apart(small_run: NetworkRun, counted_run: ChainRun) -> None:
    """Parts and the loss given novel are recorded, of networks with a table and of chains."""
    for run in (small_run, counted_run):
        for split in bundle_builder.describe(run, "m").splits:
            measured = run.split_losses[split.name]
            assert (split.names, split.symbols) == (measured.names, measured.symbols)
            for part, expected in ((split.seen, measured.seen), (split.unseen, measured.unseen)):
                assert (part.names, part.symbols) == (expected.names, expected.symbols)
                assert part.loss == expected.loss
            assert split.HasField("novel_loss") == (split.name != "train" and run is small_run)
            assert (split.novel_loss or None) == measured.novel
            assert not split.HasField("teacher_loss")


def test_the_manifest_describes_the_teachers_of_a_chain(counted_run: ChainRun) -> None:
    """Teachers, their weights and losses, sampled names and the fit to the mixture are recorded."""
    losses = {"train": 1.5, "val": 2.0, "test": 2.25}
    network = Teacher("wavenet", {"steps": "30000"}, 42, 0.75, losses, "us-names-wavenet", 3)
    counted = Teacher("kneser-ney", {"block_size": "5"}, 0, 0.25, losses)
    fits = {
        split: TeacherFit(
            replace(counted_run.split_losses[split], loss=loss),
            visits=np.array([1.0, 3.0]),
            kls=np.array([0.0, 0.5]),
        )
        for split, loss in losses.items()
    }
    run = replace(counted_run, teachers=(network, counted), sampled_names=200, fits=fits)
    manifest = bundle_builder.describe(run, "m")
    first, second = manifest.chain.teachers
    assert (first.recipe, first.batch_seed, first.weight) == ("wavenet", 42, 0.75)
    assert (first.model, first.version, dict(first.settings)) == (
        "us-names-wavenet",
        3,
        {"steps": "30000"},
    )
    assert {each.split: each.loss for each in second.losses} == losses
    assert manifest.chain.sampled_names == 200
    assert [split.teacher_loss for split in manifest.splits] == [*losses.values()]
    assert all(split.teacher_kl == 0.125 for split in manifest.splits)
    told = summarise(manifest)
    assert "wavenet, us-names-wavenet version 3, weight 0.750: train 1.500000" in told
    assert "200 names sampled from the teachers" in told
    assert "loss 2.000000 of the teachers' mixture, divergence from it 0.125000" in told


def test_a_form_that_differs_from_the_network_is_not_published(
    small_run: NetworkRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bundle with a wrong table is not built."""
    wrong = small_run.network.fold()
    wrong.b2[3] += 2 * ASSUMED_LOG_PROB_DIFFERENCE
    forms = {bundle.TABLE: export.to_table(wrong, 27, 3)}
    monkeypatch.setattr(bundle_builder, "export_forms", lambda _run: forms)
    with pytest.raises(ParityError, match=r"table\.safetensors differs from the network"):
        build_bundle(small_run, "m")
