"""Tests of a run's identity: a refusal names everything that differs, with both values."""

from dataclasses import replace

import pytest
import torch

from namesmith_trainer.data import Names
from namesmith_trainer.models import RECIPES, Recipe, override
from namesmith_trainer.training import Job
from namesmith_trainer.training.identity import difference, identity_of

NAMES = ("ana", "mia", "zoe", "lea", "mila", "ida", "nia", "eva", "lia", "amy")

DATA = Names("a/names.txt", "names.txt", "ab" * 32, NAMES, distinct=False)


def job_of(
    data: Names = DATA, recipe: Recipe = RECIPES["batchnorm"], seed: int = 42, device: str = "cpu"
) -> Job[Recipe]:
    """Return a job that trains the recipe on the names."""
    return Job(data, data.splits(), data.vocabulary(), recipe, seed, device)


OTHER_DATA = replace(DATA, name="other.txt", sha256="cd" * 32, names=(*NAMES[:9], "ada"))


@pytest.mark.parametrize(
    ("other", "told"),
    [
        (job_of(), ""),
        (job_of(replace(DATA, source="b/moved.txt", name="moved.txt")), ""),
        (job_of(seed=7), "seed 42, this run has 7"),
        (job_of(device="cuda"), "device 'cpu', this run has 'cuda'"),
        (job_of(recipe=RECIPES["wavenet"]), "recipe 'batchnorm', this run has 'wavenet'"),
        (
            job_of(recipe=override(RECIPES["batchnorm"], hidden=16, steps=9)),
            "hidden 200, this run has 16, and with steps 200000, this run has 9",
        ),
        (
            job_of(OTHER_DATA),
            (
                "data names.txt (SHA-256 abababababab...), this run has other.txt (SHA-256 cdcd"
                "cdcdcdcd...)"
            ),
        ),
        (
            job_of(replace(DATA, validation=OTHER_DATA)),
            "val_data None, this run has other.txt (SHA-256 cdcdcdcdcdcd...)",
        ),
        (job_of(replace(DATA, distinct=True)), "distinct False, this run has True"),
        (
            job_of(replace(DATA, distinct=True), seed=7),
            "distinct False, this run has True, and with seed 42, this run has 7",
        ),
    ],
)
def test_every_value_that_differs_is_told_with_both_values(other: Job[Recipe], told: str) -> None:
    """A value that follows from another is left out; the place and name of a file are nothing."""
    assert difference(identity_of(job_of()), identity_of(other)) == told


def test_other_splits_of_the_same_data_are_told() -> None:
    """The splits are told by their sizes and a hash of their names."""
    ours, cut = job_of(), job_of()
    cut = replace(cut, splits={**cut.splits, "val": ["ana"], "test": ["mia", "eva"]})
    found = difference(identity_of(ours), identity_of(cut))
    assert found.startswith("splits 8 train, 1 val, 1 test (SHA-256 ")
    assert ", this run has 8 train, 1 val, 2 test (SHA-256 " in found
    swapped = replace(cut, splits={**ours.splits, "val": ours.splits["test"]})
    assert difference(identity_of(ours), identity_of(swapped)).count("8 train, 1 val, 1 test") == 2


def test_another_version_of_torch_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """A run continues bit for bit on the same torch alone."""
    kept = identity_of(job_of())
    monkeypatch.setattr(torch, "__version__", "9.9")
    assert difference(kept, identity_of(job_of())).endswith(", this run has '9.9'")
