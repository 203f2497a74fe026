"""The interface of a backend. Knows numpy; knows no runtime and no caller."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

Contexts = NDArray[np.int64]
"""Contexts [B, L], oldest symbol first."""

LogProbs = NDArray[np.floating]
"""Natural logs of probabilities, of the precision of the backend that answers them."""

Precision = Literal["float32", "float64"]
"""Type of the numbers that a backend computes with and answers."""

CHUNK = 4096
"""Largest number of contexts that ``Backend.chosen`` runs at once."""


class BackendError(RuntimeError):
    """A backend that cannot be used; the message says why.

    BackendError                  with this bundle
    └── BackendUnavailableError   on this machine or in this server, whatever the bundle
        ├── DeviceMemoryError     for a piece of work: the device has too little memory left
        └── DeviceLostError       any more: the device has failed
    """


class BackendUnavailableError(BackendError):
    """A backend whose name is unknown, or whose runtime or device this machine lacks."""


class DeviceMemoryError(BackendUnavailableError):
    """A piece of work that needs more memory than the device has left; others may fit."""


class DeviceLostError(BackendUnavailableError):
    """A device that has failed: this process cannot compute on it again."""


@dataclass(frozen=True, kw_only=True)
class BackendConfig:
    """The surroundings of a backend: the model's sizes, and where the backend computes.

    Attributes:
        vocab_size: number of symbols of the model, V.
        block_size: number of symbols of a context, L.
        file: path of the file in the bundle that the backend reads, one of its ``files``; empty
            for a backend that is opened on no bundle.
        device: device that the backend computes on, one of its ``devices``.
        threads: number of threads of the backend's runtime on the CPU.
        precision: precision to compute in; a backend that looks numbers up ignores it.
    """

    vocab_size: int
    block_size: int
    file: str = ""
    device: str = "cpu"
    threads: int = 1
    precision: Precision = "float32"


def check_numbers(log_probs: LogProbs) -> None:
    """Refuse answers that are not numbers, which a network may give for a context of its own.

    Raises:
        BackendError: an answer is not a number.
    """
    if np.isnan(log_probs).any():
        raise BackendError("the model answers not-a-number")


class Start(NamedTuple):
    """The state before the first draw of the rows of one request.

    Attributes:
        position: number of symbols before the first draw: the prefix.
        bars_end: whether the first draw must not be the end symbol.
        min_length: fewest characters of a name that fits, prefix included.
        max_length: most characters of a name, prefix included.
        temperature: divisor of the log-probabilities, >= 0; 0: the most probable symbol.
        top_k: number of most probable symbols that are kept, in [0, V]; 0: all.
        top_p: probability that the kept symbols together reach, in (0, 1].
        min_p: least probability of a kept symbol, as a share of the greatest, in [0, 1].
        margin: distance from a boundary of the cumulative distribution, a probability, at which a
            draw is uncertain.
        difference: bound on the error of each log-probability, nats: a draw is uncertain also where
            such an error could change the symbols that are kept.
        context: context of the first draw, int64 [L].
    """

    position: int
    bars_end: bool
    min_length: int
    max_length: int
    temperature: float
    top_k: int
    top_p: float
    min_p: float
    margin: float
    difference: float
    context: NDArray[np.int64]

    @property
    def truncates(self) -> bool:
        """True if a setting may truncate a symbol."""
        return self.temperature == 0 or self.top_k > 0 or self.top_p < 1 or self.min_p > 0


class Landed(NamedTuple):
    """The rows of a flight after its steps; the arrays hold until the next flight but one.

    Attributes:
        ended: whether each row has ended, by its end symbol or by growing too long, bool [N].
        fits: whether each row has ended as a name of an allowed length, bool [N].
        uncertain: whether a draw of the row in this flight was uncertain, bool [N].
        symbols: symbols that each row has drawn so far, uint16 [N, width], END behind them; a
            symbol stands at its position in the name, and the prefix is left out.
    """

    ended: NDArray[np.bool_]
    fits: NDArray[np.bool_]
    uncertain: NDArray[np.bool_]
    symbols: NDArray[np.uint16]


class Flight(ABC):
    """Steps of some rows that a device computes."""

    @abstractmethod
    def wait(self) -> Landed:
        """Return the rows after the steps, once the device has computed them."""


class Rows(ABC):
    """Sequences that live on a device, in numbered slots, and are drawn there.

    Used from one thread. Random numbers, logits processors and draws are those of the engine, bit
    for bit where a draw is certain.

    Attributes:
        name: word for the backend whose rows these are.
        capacity: number of slots.
        most: largest number of slots of one flight.
    """

    name: str
    capacity: int
    most: int

    @abstractmethod
    def load(self, slots: NDArray[np.int64], keys: NDArray[np.uint64], start: Start) -> None:
        """Put new rows into slots [N]; the keys [N] start their random numbers."""

    @abstractmethod
    def launch(self, slots: NDArray[np.int64]) -> Flight:
        """Begin a few steps of the rows in distinct slots [N], 1 <= N <= ``most``.

        A row that has ended or whose draw was uncertain must be loaded anew before its slot flies
        again.
        """

    @abstractmethod
    def log_probs(self, contexts: Contexts) -> NDArray[np.float64]:
        """Return log P(next symbol | context) as rows are drawn from it: float64 [B, V]."""


class Backend(ABC):
    """Computes the model's conditional distributions from one file of a bundle.

    A module with a backend imports no runtime: the constructor does, so that a runtime is loaded
    only where its backend is chosen.

    Attributes:
        name: word for the backend on the command line, such as "onnx".
        files: paths of the files that the backend can read; a bundle holds at most one of them.
        devices: devices that the backend can compute on.
        extra: extra of the package ``namesmith`` that installs the backend's runtime.
        is_foreign: whether a runtime that a file could crash or hang reads the file: a version is
            then tried in a process of its own before it is loaded.
        auto_rank: rank among the backends that ``auto`` chooses from, for each device; the highest
            wins, and on a device without a rank ``auto`` never chooses the backend.
        chosen_at_once: largest number of contexts that suits a call of ``chosen``.
        device: the device that this backend computes on.
        precision: the precision that this backend computes in, and the dtype of its answers.
        lost: the error of the device of this backend; None while the device answers.
        on_lost: function that is called once, in any thread, when the device fails.
    """

    name: ClassVar[str]
    files: ClassVar[tuple[str, ...]]
    devices: ClassVar[tuple[str, ...]] = ("cpu",)
    extra: ClassVar[str] = "server"
    is_foreign: ClassVar[bool] = False
    auto_rank: ClassVar[Mapping[str, int]] = MappingProxyType({})
    chosen_at_once: int = 1 << 15
    device: str
    precision: Precision = "float32"
    lost: DeviceLostError | None = None
    on_lost: Callable[[DeviceLostError], object]

    def __init__(self, raw: bytes, config: BackendConfig) -> None:  # noqa: ARG002 - for subclasses
        """Load the model from the verified bytes of ``config.file``.

        Raises:
            BackendError: the bytes hold no model of the sizes in ``config``, or one that may do
                more than compute.
            BackendUnavailableError: this machine lacks the device.
            ImportError: the runtime is not installed.
        """
        self.device = config.device
        self.on_lost = lambda _: None

    def lose(self, error: DeviceLostError) -> None:
        """Remember that the device has failed, and tell whoever watches it."""
        if self.lost is None:
            self.lost = error
            self.on_lost(error)

    @abstractmethod
    def log_probs(self, contexts: Contexts) -> LogProbs:
        """Return log P(next symbol | context): int64 [B, L] -> [B, V], B >= 1."""

    def chosen(self, contexts: Contexts, targets: NDArray[np.integer]) -> NDArray[np.float32]:
        """Return log P(target | context): int64 [N, L] and ids [N] -> float32 [N]."""
        chosen = np.empty(len(targets), dtype=np.float32)
        for at in range(0, len(targets), CHUNK):
            chunk = slice(at, at + CHUNK)
            rows = self.log_probs(contexts[chunk])
            check_numbers(rows)
            chosen[chunk] = np.take_along_axis(rows, targets[chunk, None], 1)[:, 0]
        return chosen

    @property
    def draws_rows(self) -> bool:
        """True if the backend may draw rows where it computes."""
        return False

    def rows(self) -> Rows | None:
        """Return rows that are drawn where this backend computes; None where the host draws.

        Raises:
            BackendError: the device fails, or has no memory for any row.
        """
        return None
