"""Tests of a whole run."""

from dataclasses import replace
from pathlib import Path

import pytest

from namesmith_trainer.data import Names
from namesmith_trainer.models import RECIPES
from namesmith_trainer.publish import build_bundle, bundle_builder
from namesmith_trainer.training import train


def test_names_are_split_once_from_training_to_bundle(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The run carries the splits: neither the manifest nor the report shuffles the names again."""
    path = tmp_path / "names.txt"
    path.write_text("ana\nmia\nzoe\n" * 20, encoding="utf-8")
    splits, calls = Names.splits, []

    def counted(names: Names) -> dict[str, list[str]]:
        calls.append(names)
        return splits(names)

    monkeypatch.setattr(Names, "splits", counted)
    monkeypatch.setattr(bundle_builder, "export_forms", lambda _run: {})  # seconds, and no names
    recipe = replace(RECIPES["batchnorm"], steps=5, hidden=8)
    run = train(Names.read(str(path)), recipe, 42, "cpu", lambda blocks: blocks)
    manifest, files = build_bundle(run, "m")
    assert len(calls) == 1
    assert run.splits == splits(run.data)
    for split in manifest.splits:
        held = files[f"splits/{split.name}.txt"].decode().splitlines()
        assert held == run.splits[split.name]
        assert split.names == len(held)
