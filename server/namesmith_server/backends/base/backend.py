"""The interface of a backend."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from namesmith_server.backends.base.answers import Contexts, LogProbs, Precision, check_numbers
from namesmith_server.backends.base.device_rows import Rows
from namesmith_server.backends.base.errors import DeviceLostError

CHUNK = 4096
"""Largest number of contexts that ``Backend.chosen`` runs at once."""


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
