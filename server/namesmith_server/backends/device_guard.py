"""The faults of a device, told apart from the runtime's words: too little memory, or failed.

A runtime raises the same class for both, and for faults of the model; TorchScript's interpreter
keeps nothing but the words of an error. A device that has failed answers nothing any more: a
process cannot use CUDA again after such a fault, and every later call is refused at once.
"""

import re
from types import TracebackType
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from namesmith_server.backends.base import (
    Backend,
    BackendError,
    Contexts,
    DeviceLostError,
    DeviceMemoryError,
    Flight,
    Landed,
    Rows,
    Start,
)

MEMORY = re.compile(r"out of memory|STATUS_ALLOC_FAILED|Failed to allocate memory", re.IGNORECASE)
"""Words of torch, cuBLAS and ONNX Runtime about too little memory."""

FAILURE = re.compile(r"(CUDA (?:error|failure|driver)[^\n;]{0,150}|CU(?:BLAS|DNN)_STATUS_\w+)")
"""Words of torch and ONNX Runtime about a device that has failed."""


def _words(error: BaseException) -> str:
    """Return a runtime's words, without the model's code that TorchScript's interpreter quotes."""
    return str(error).rpartition("\nRuntimeError: ")[2]


def is_short_of_memory(error: BaseException) -> bool:
    """Return whether a runtime's error says that the device has too little memory left."""
    return MEMORY.search(_words(error)) is not None


def is_device_fault(error: BaseException) -> bool:
    """Return whether a runtime's error is the device's, whatever the model."""
    return is_short_of_memory(error) or FAILURE.search(_words(error)) is not None


RAISED = "torch.jit", "Error"
"""Module and name of the class of errors that a model's own code raises, with any words."""


class DeviceGuard:
    """A ``with`` block of work on the device of a backend, which tells the device's faults.

    On the CPU nothing is told: a file that asks for too much memory there is at fault itself.

    Attributes:
        devices: devices that may be at fault.

    Raises:
        DeviceMemoryError: the work needs more memory than the device has left.
        DeviceLostError: the device has failed, now or earlier.
    """

    devices: ClassVar[tuple[str, ...]] = ("cuda",)

    def __init__(self, backend: Backend) -> None:
        """Set the backend, whose ``on_lost`` is called when the device fails."""
        self._backend = backend

    def __enter__(self) -> None:
        lost = self._backend.lost
        if lost is not None:
            raise DeviceLostError(str(lost))

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        if not isinstance(error, Exception) or isinstance(error, BackendError):
            return
        raised = type(error).__module__, type(error).__name__
        if self._backend.device not in self.devices or raised == RAISED:
            return
        if is_short_of_memory(error):
            raise DeviceMemoryError(
                f"device {self._backend.device}: has too little memory left"
            ) from error
        failure = FAILURE.search(_words(error))
        if failure:
            lost = DeviceLostError(f"device {self._backend.device}: fails: {failure[1].rstrip()}")
            self._backend.lose(lost)
            raise lost from error


class GuardedRows(Rows):
    """Rows whose device is guarded."""

    def __init__(self, rows: Rows, guard: DeviceGuard) -> None:
        self.name, self.capacity, self.most = rows.name, rows.capacity, rows.most
        self._rows = rows
        self._guard = guard

    def load(self, slots: NDArray[np.int64], keys: NDArray[np.uint64], start: Start) -> None:
        """Put new rows into slots [N]; the keys [N] start their random numbers."""
        with self._guard:
            self._rows.load(slots, keys, start)

    def launch(self, slots: NDArray[np.int64]) -> Flight:
        """Begin a few steps of the rows in distinct slots [N], 1 <= N <= ``most``."""
        with self._guard:
            return _GuardedFlight(self._rows.launch(slots), self._guard)

    def log_probs(self, contexts: Contexts) -> NDArray[np.float64]:
        """Return log P(next symbol | context) as rows are drawn from it: float64 [B, V]."""
        with self._guard:
            return self._rows.log_probs(contexts)


class _GuardedFlight(Flight):
    def __init__(self, flight: Flight, guard: DeviceGuard) -> None:
        self._flight = flight
        self._guard = guard

    def wait(self) -> Landed:
        """Return the rows after the steps, once the device has computed them."""
        with self._guard:
            return self._flight.wait()
