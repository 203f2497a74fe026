"""Fault 2: a model that fails its first answers, with no older version, ends the start."""

from pathlib import Path

import numpy as np
import pytest
from onnx import helper

from bigrams import LAST_SYMBOL, onnx_bytes, publish_bigram, rows_of
from namesmith.bundle import ONNX
from processes import ONE_OR_TWO, refused

ROWS = rows_of(1)

OUT_OF_RANGE = onnx_bytes(
    ROWS,
    (
        LAST_SYMBOL[0],
        helper.make_node("Constant", [], ["far"], value_int=1_000),
        helper.make_node("Add", ["symbol", "far"], ["beyond"]),
        helper.make_node("Gather", ["table", "beyond"], ["log_probs"], axis=0),
    ),
)
"""A model that loads, and looks rows up that it does not have."""


@pytest.mark.parametrize("workers", ONE_OR_TWO)
@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (OUT_OF_RANGE, "onnx: the model does not run on its contexts"),
        (onnx_bytes(ROWS * np.float32("nan")), "onnx: the probabilities of a context sum to nan"),
    ],
)
def test_fault_02_a_failed_warm_up_ends_the_start(
    tmp_path: Path, raw: bytes, reason: str, workers: str
) -> None:
    """The exit status is 1, and the last line names the model, the version and the reason."""
    publish_bigram(tmp_path, ROWS, {ONNX: raw})
    ended = refused("--models", tmp_path, "--workers", workers)
    assert ended.returncode == 1
    last = f"namesmith-server: model bigram: version 1: {reason}"
    assert last in ended.stderr.splitlines()
