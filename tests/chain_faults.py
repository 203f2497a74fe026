"""Faults of chain files: each changes the tensors of a sound chain so that one rule breaks.

The chain is of order 3; each fault has the message with which a reader refuses the file.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from namesmith_server.engine import Chain

Tensors = dict[str, np.ndarray[Any, Any]]
"""Tensors of a chain file by name."""


def tensors_of(chain: Chain) -> Tensors:
    """Return writable copies of the tensors of a chain's file."""
    return {
        "log_probs": chain.log_probs.copy(),
        "successors": chain.successors.copy(),
        "rows": chain.rows.copy(),
        "start": np.array([chain.start], dtype=np.int32),
    }


def put(name: str, place: Any, value: float) -> Callable[[Tensors], None]:
    """Return the fault that puts a value at a place of a tensor."""

    def damage(tensors: Tensors) -> None:
        tensors[name][place] = value

    return damage


def cast(name: str, dtype: type[np.generic]) -> Callable[[Tensors], None]:
    """Return the fault that gives a tensor another type."""

    def damage(tensors: Tensors) -> None:
        tensors[name] = tensors[name].astype(dtype)

    return damage


def cut(name: str, part: Any) -> Callable[[Tensors], None]:
    """Return the fault that leaves a part of a tensor."""

    def damage(tensors: Tensors) -> None:
        tensors[name] = np.array(tensors[name][part])

    return damage


def drop(name: str) -> Callable[[Tensors], Any]:
    """Return the fault that leaves a tensor out."""
    return lambda tensors: tensors.pop(name)


def add_a_tensor(tensors: Tensors) -> None:
    """Add a tensor of another name."""
    tensors["weights"] = np.zeros(1, dtype=np.float32)


def add_a_state(tensors: Tensors) -> None:
    """Add two states that no other state leads to."""
    for name in ("log_probs", "rows"):
        tensors[name] = np.concatenate([tensors[name], tensors[name][:2]])


def confuse_two_symbols(tensors: Tensors) -> None:
    """Let the first two characters of a name change places, and of no other word."""
    row = tensors["successors"][tensors["rows"][tensors["start"][0]]]
    row[[1, 2]] = row[[2, 1]]


FAULTS: list[Any] = [
    (add_a_tensor, "the tensor 'weights' is none of log_probs, successors, rows, start"),
    (drop("log_probs"), "the tensor log_probs is missing"),
    (drop("successors"), "the tensor successors is missing"),
    (drop("start"), "the tensor start is missing"),
    (drop("rows"), "successors: the shape is "),
    (cast("log_probs", np.float64), "log_probs: the type is F64, F32 is allowed"),
    (cast("log_probs", np.float16), "log_probs: the type is F16, F32 is allowed"),
    (cast("successors", np.int64), "successors: the type is I64, I32 is allowed"),
    (cast("rows", np.uint32), "rows: the type is U32, I32 is allowed"),
    (cast("start", np.float32), "start: the type is F32, I32 is allowed"),
    (cut("log_probs", np.s_[:0]), "log_probs: the shape is [0, 6], [1 to 2796202, 6] is allowed"),
    (cut("log_probs", np.s_[:, :5]), "log_probs: the shape is "),
    (cut("log_probs", np.s_[0]), "log_probs: the shape is [6], "),
    (cut("log_probs", np.s_[:-1]), "rows: the shape is "),
    (cut("successors", np.s_[:0]), "successors: the shape is [0, 6], [1 to "),
    (cut("successors", np.s_[:, :5]), "successors: the shape is "),
    (cut("rows", np.s_[:, None]), "rows: the shape is "),
    (cut("start", np.s_[0]), "start: the shape is [], [1] is allowed"),
    (cut("start", np.s_[[0, 0]]), "start: the shape is [2], [1] is allowed"),
    (put("log_probs", (3, 2), np.nan), "log_probs: nan at [3, 2] is not at most 0"),
    (put("log_probs", (3, 2), np.inf), "log_probs: inf at [3, 2] is not at most 0"),
    (put("log_probs", (3, 2), 1e-6), "log_probs: 1e-06 at [3, 2] is not at most 0"),
    (put("log_probs", 3, -np.inf), "log_probs: the probabilities of state 3 sum to 0, not to 1"),
    (put("log_probs", (3, 0), -1e-9), "log_probs: the probabilities of state 3 sum to "),
    (put("start", 0, -1), "start: -1 is not in [0, "),
    (put("start", 0, 1 << 20), "start: 1048576 is not in [0, "),
    (put("rows", 4, -1), "rows: -1 is not in [0, "),
    (put("rows", 4, 1 << 20), "rows: 1048576 is not in [0, "),
    (put("successors", (0, 1), -(1 << 31)), "successors: -2147483648 is not in [0, "),
    (put("successors", (0, 1), 1 << 20), "successors: 1048576 is not in [0, "),
    (put("successors", (2, 0), 5), "successors: 5 at [2, 0] is not the start, "),
    (add_a_state, "successors: 2 of "),
    (confuse_two_symbols, "successors: the state behind a name depends on more than its last"),
]
"""Faults, each with the beginning of its message behind the name of the file."""
