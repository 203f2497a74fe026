"""Versions of a model whose names tell the version: each repeats one letter, and no other."""

from pathlib import Path

import numpy as np
from safetensors.numpy import save

from bigrams import NAMES, SYMBOLS, Rows, manifest_of, table_of
from namesmith import bundle
from namesmith_trainer.publish import publish

MODEL = "bigram"
"""Name of the model."""

LETTERS = SYMBOLS[1:]
"""Letters of the versions, which take turns."""

ALIEN = 1e-13
"""Probability of a symbol of another version."""


def letter_of(version: int) -> str:
    """Return the letter of a version."""
    return LETTERS[version % len(LETTERS)]


def publish_lettered(models: Path, table: bytes | None = None, copies: int = 1) -> Path:
    """Publish the next version; return its folder.

    Args:
        models: folder of the repository.
        table: bytes of the table in place of its own, for which the manifest vouches.
        copies: number of times that each split holds each name.
    """
    model = models / MODEL
    there = [int(one.name) for one in model.glob("[1-9]*")] if model.exists() else []
    rows = lettered_rows(letter_of(max(there, default=0) + 1))
    text = "".join(f"{name}\n" for name in NAMES * copies).encode()
    splits = {bundle.split_path(split): text for split in ("train", "val", "test")}
    unread = {bundle.ONNX: b"unread", bundle.TORCHSCRIPT: b"unread"}
    own = save({"log_probs": table_of(rows)}) if table is None else table
    return publish(models, manifest_of(rows), {**unread, **splits, bundle.TABLE: own})


def nan_table() -> bytes:
    """Return the bytes of a table that answers not-a-number."""
    rows = lettered_rows("a")
    rows[:] = np.nan
    return save({"log_probs": table_of(rows)})


def lettered_rows(letter: str) -> Rows:
    """Return the rows of a bigram that repeats a letter, and ends with probability 0.4."""
    row = np.full(len(SYMBOLS), ALIEN)
    row[0] = 0.4
    row[SYMBOLS.index(letter)] = 0.6 - ALIEN * (len(SYMBOLS) - 2)
    rows: Rows = np.log(np.tile(row, (len(SYMBOLS), 1))).astype(np.float32)
    return rows
