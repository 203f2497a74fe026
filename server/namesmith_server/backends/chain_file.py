"""The reader of ``chain.safetensors``, which returns arrays that compiled code may trust.

Every rule of ``docs/bundle.md`` is checked here, and a message names the tensor, the value and the
bound. Knows numpy and the format; knows no backend.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple, NoReturn

import numpy as np
from numpy.typing import NDArray

from namesmith.bundle import CHAIN, CHAIN_LIMIT
from namesmith.limits import MAX_LENGTH
from namesmith.vocabulary import END
from namesmith_server.backends.base import LogProbs
from namesmith_server.backends.chain_walks import PART, Successors, count_reachable, forgets
from namesmith_server.backends.tensor_file import read_tensors, refuse

ROUNDING = 1e-4
"""Bound on the rounding error of a distribution's sum, from float32 log-probabilities."""

DTYPES: Final = {"log_probs": "F32", "successors": "I32", "rows": "I32", "start": "I32"}
"""Type of each tensor of the file, in the words of safetensors."""

OPTIONAL = "rows"
"""The tensor that a file may leave out: state s then has row s."""


class ChainArrays(NamedTuple):
    """The contents of a chain file, checked.

    Attributes:
        log_probs: natural log-probabilities of the next symbol, float32 [S, V].
        rows: row of ``successors`` of each state, int32 [S].
        successors: state after each symbol, int32 [R, V].
        start: state before the first symbol of a name.
    """

    log_probs: LogProbs
    rows: Successors
    successors: Successors
    start: int


def read_chain(raw: bytes, vocab_size: int, block_size: int) -> ChainArrays:
    """Read and check a chain file.

    Args:
        raw: bytes of the file.
        vocab_size: number of symbols of the model, V.
        block_size: number of symbols of a context, L.

    Raises:
        BackendError: the bytes break a rule of the format.
    """
    arrays = read_tensors(raw, CHAIN, DTYPES, {OPTIONAL})
    _check_shapes({name: array.shape for name, array in arrays.items()}, vocab_size)
    log_probs, successors = arrays["log_probs"], arrays["successors"]
    rows = arrays.get(OPTIONAL, np.arange(len(log_probs), dtype=np.int32))
    chain = ChainArrays(log_probs, rows, successors, int(arrays["start"][0]))
    _check_ranges(chain)
    _check_distributions(log_probs)
    _check_walks(chain, block_size)
    return chain


def wrong_sum(log_probs: LogProbs) -> tuple[int, float] | None:
    """Return the first row whose probabilities do not sum to 1, and their sum; None without one.

    Args:
        log_probs: natural log-probabilities, float32 [S, V].
    """
    for at in range(0, len(log_probs), PART):
        with np.errstate(over="ignore"):  # of a value far above 0
            sums = np.exp(log_probs[at : at + PART], dtype=np.float64).sum(1)
        wrong = np.flatnonzero(~(np.abs(sums - 1) <= ROUNDING))  # not-a-number is wrong too
        if wrong.size:
            return at + int(wrong[0]), float(sums[wrong[0]])
    return None


def _check_shapes(shapes: Mapping[str, tuple[int, ...]], vocab_size: int) -> None:
    """Hold the shapes to S states, R rows of successors and V symbols."""
    most = CHAIN_LIMIT // (4 * vocab_size)
    match shapes["log_probs"]:
        case (states, size) if size == vocab_size and 1 <= states <= most:
            pass
        case other:
            _refuse_shape("log_probs", other, f"[1 to {most}, {vocab_size}]")
    match shapes["successors"]:
        case (rows, size) if size == vocab_size and 1 <= rows <= states:
            pass
        case other:
            _refuse_shape("successors", other, f"[1 to {states}, {vocab_size}]")
    if OPTIONAL not in shapes and rows != states:
        _refuse_shape("successors", shapes["successors"], f"[{states}, {vocab_size}] without rows")
    for name, shape in ((OPTIONAL, (states,)), ("start", (1,))):
        if shapes.get(name, shape) != shape:
            _refuse_shape(name, shapes[name], f"{list(shape)}")


def _check_ranges(chain: ChainArrays) -> None:
    """Hold every index to the array that it points into, and the end symbol to the start."""
    states, start = len(chain.log_probs), chain.start
    _check_range("start", np.array([start]), states)
    _check_range("rows", chain.rows, len(chain.successors))
    _check_range("successors", chain.successors, states)
    ends = chain.successors[:, END]
    wrong = np.flatnonzero(ends != start)
    if wrong.size:
        _refuse(
            f"successors: {ends[wrong[0]]} at [{wrong[0]}, {END}] is not the start, {start}:"
            " behind the end symbol a name begins"
        )


def _check_range(name: str, indices: NDArray[np.integer], count: int) -> None:
    for value in (int(indices.min()), int(indices.max())):
        if not 0 <= value < count:
            _refuse(f"{name}: {value} is not in [0, {count - 1}]")


def _check_distributions(log_probs: LogProbs) -> None:
    """Hold every value to be a log-probability, and every row to be a distribution."""
    if not np.all(log_probs <= 0):  # False for not-a-number
        state, symbol = np.argwhere(~(log_probs <= 0))[0].tolist()
        _refuse(f"log_probs: {log_probs[state, symbol]:g} at [{state}, {symbol}] is not at most 0")
    wrong = wrong_sum(log_probs)
    if wrong is not None:
        _refuse(
            f"log_probs: the probabilities of state {wrong[0]} sum to {wrong[1]:g},"
            f" not to 1 within {ROUNDING:g}"
        )


def _check_walks(chain: ChainArrays, block_size: int) -> None:
    """Hold every state to be that of a context, and to depend on the last L symbols alone."""
    walks = chain.rows, chain.successors, chain.start
    states = len(chain.log_probs)
    reached = count_reachable(*walks, block_size)
    if reached < states:
        _refuse(
            f"successors: {states - reached} of {states} states cannot be reached from the start by"
            f" {block_size} symbols, the block_size of the manifest"
        )
    if block_size < MAX_LENGTH and not forgets(*walks, block_size):
        _refuse(
            f"successors: the state behind a name depends on more than its last {block_size}"
            " symbols, the block_size of the manifest"
        )


def _refuse_shape(name: str, shape: tuple[int, ...], allowed: str) -> NoReturn:
    _refuse(f"{name}: the shape is {list(shape)}, {allowed} is allowed")


def _refuse(fault: str) -> NoReturn:
    refuse(CHAIN, fault)
