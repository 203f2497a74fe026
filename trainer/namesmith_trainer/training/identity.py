"""The identity of a run: the values that must be equal for a checkpoint to continue the run."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import torch

from namesmith_trainer.models import Recipe
from namesmith_trainer.training.jobs import Job

FILES = {"data": "file", "val_data": "val_file"}
"""Names of the values that hold a file's name, by the name of the value that holds its SHA-256."""

IMPLIED = {"data": {"splits"}, "distinct": {"splits"}, "val_data": {"splits"}}
"""Values that differ wherever another value differs, by that value's name."""


def identity_of(job: Job[Recipe]) -> dict[str, Any]:
    """Return the values, as JSON has them, that must be equal for a run to continue bit for bit.

    The names of files are for messages alone: a file that was renamed is the same data.
    """
    settings = asdict(job.recipe)
    identity = {
        "recipe": settings.pop("name"),
        "data": job.data.sha256,
        "file": job.data.name,
        "val_file": job.data.validation.name if job.data.validation else None,
        "distinct": job.data.distinct,
        **job.data.choices(),
        "splits": _described(job.splits),
        "seed": job.batch_seed,
        "device": job.device,
        "torch": torch.__version__,
        **settings,
    }
    loaded: dict[str, Any] = json.loads(json.dumps(identity))
    return loaded


def difference(kept: Mapping[str, Any], ours: Mapping[str, Any]) -> str:
    """Return the values of a checkpoint's run that this run has otherwise, in words; or no text.

    Another recipe, or other data, is told alone: what follows from it differs too.
    """
    names = [name for name in {**ours, **kept} if kept.get(name) != ours.get(name)]
    if "recipe" in names:
        names = ["recipe"]
    implied = {*FILES.values()}.union(*(IMPLIED.get(name, ()) for name in names))
    return ", and with ".join(
        f"{name} {_shown(name, kept)}, this run has {_shown(name, ours)}"
        for name in names
        if name not in implied
    )


def _shown(name: str, identity: Mapping[str, Any]) -> str:
    """Return a value for a message; of a file its name too."""
    value = identity.get(name)
    if name in FILES and value:
        return f"{identity.get(FILES[name])} (SHA-256 {str(value)[:12]}...)"
    return value if name == "splits" and isinstance(value, str) else repr(value)


def _described(splits: Mapping[str, Sequence[str]]) -> str:
    """Return the number of names of each split, and a hash of them all."""
    counts = ", ".join(f"{len(names):,} {split}" for split, names in splits.items())
    lines = json.dumps([[split, *names] for split, names in splits.items()])
    return f"{counts} (SHA-256 {hashlib.sha256(lines.encode()).hexdigest()[:12]}...)"
