"""TorchScript on the CPU or on CUDA."""

import io
import warnings
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray

from namesmith.bundle import TORCHSCRIPT
from namesmith_server.backends.base import (
    Backend,
    BackendConfig,
    BackendError,
    BackendUnavailableError,
    Contexts,
    LogProbs,
    Precision,
    Rows,
    check_numbers,
)
from namesmith_server.backends.device_guard import DeviceGuard, GuardedRows, is_device_fault
from namesmith_server.backends.registry import register

if TYPE_CHECKING:
    from collections.abc import Callable

    import torch

CHUNK = 1 << 16
"""Largest number of contexts whose log-probabilities CUDA computes at once."""

CHOSEN_AT_ONCE = 1 << 17
"""Number of contexts that suits a call of ``chosen`` on CUDA, which waits for the device once."""

MOST_ROWS = {"cpu": 2048, "cuda": 65_536}
"""Largest number of rows that are drawn together, for each device."""

NARROW = 1 << 15
"""Largest vocabulary whose symbols go to the device as 16-bit integers."""


@register
class TorchScriptBackend(Backend):
    """Runs a ``model.ts``.

    Attributes:
        drawing_devices: devices on which rows are drawn where the model computes.
    """

    name = "torchscript"
    files = (TORCHSCRIPT,)
    devices = ("cpu", "cuda")
    extra = "torch"
    is_foreign = True
    auto_rank: ClassVar = {"cuda": 1}
    drawing_devices: ClassVar[tuple[str, ...]] = ("cuda",)

    def __init__(self, raw: bytes, config: BackendConfig) -> None:
        """Load the model from the bytes of the file.

        Raises:
            BackendError: the file may do more than compute, or torch cannot load it.
            BackendUnavailableError: this machine has no usable CUDA device, or one that fails or
                has too little memory left.
            ImportError: torch is not installed.
        """
        super().__init__(raw, config)
        self.precision = config.precision
        if self.device == "cuda":
            self.chosen_at_once = CHOSEN_AT_ONCE
        self._config = config
        self._guard = DeviceGuard(self)
        self._inspected = _inspected(raw, config)
        self._module = self._loaded(config.precision)

    def log_probs(self, contexts: Contexts) -> LogProbs:
        """Return log P(next symbol | context): int64 [B, L] -> [B, V]."""
        import torch  # noqa: PLC0415 - the constructor has loaded it

        with self._guard, torch.inference_mode():
            result = self._module(torch.from_numpy(contexts).to(self.device))
            log_probs: LogProbs = result.cpu().contiguous().numpy()
        return log_probs

    def chosen(self, contexts: Contexts, targets: NDArray[np.integer]) -> LogProbs:
        """Return log P(target | context): int64 [N, L] and ids [N] -> float32 [N].

        On CUDA the chunks are large, and the other log-probabilities never leave the device.
        """
        if self.device != "cuda":
            return super().chosen(contexts, targets)
        import torch  # noqa: PLC0415 - the constructor has loaded it

        narrow = np.int16 if self._config.vocab_size <= NARROW else np.int64
        symbols = np.empty((contexts.shape[1] + 1, len(targets)), dtype=narrow)
        symbols[:-1], symbols[-1] = contexts.T, targets
        with self._guard, torch.inference_mode():
            arrived = torch.from_numpy(symbols).to("cuda").T
            parts = [
                self._chosen_on_device(arrived[at : at + CHUNK])
                for at in range(0, len(targets), CHUNK)
            ]
            chosen: LogProbs = torch.cat(parts).cpu().numpy()
        check_numbers(chosen)
        return chosen

    def _chosen_on_device(self, symbols: "torch.Tensor") -> "torch.Tensor":
        """Return the log-probabilities [N] of the last symbols of rows [N, L + 1].

        A row whose distribution holds not-a-number has not-a-number.
        """
        wide = symbols.long()
        log_probs = self._module(wide[:, :-1].contiguous())
        chosen: torch.Tensor = log_probs.gather(1, wide[:, -1:])[:, 0]
        return chosen.where(~log_probs.isnan().any(1), float("nan"))

    @property
    def draws_rows(self) -> bool:
        """True on the devices on which rows are drawn."""
        fits = self._config.vocab_size <= NARROW
        return fits and self.device in self.drawing_devices

    def rows(self) -> Rows | None:
        """Return rows that are drawn on the device in float64, by a float64 copy of the module.

        None on a device that draws none, and for a module that does not compute in float64.

        Raises:
            BackendError: the device fails, or has no memory for any row.
        """
        if not self.draws_rows:
            return None
        import torch  # noqa: PLC0415 - the constructor has loaded it

        from namesmith_server.backends.lockstep import LockstepRows  # noqa: PLC0415 - likewise

        module = self._loaded("float64")

        def log_probs_of(contexts: torch.Tensor) -> torch.Tensor:
            # Its optimizer would compile for each size anew, and fuse what a graph launches anyway.
            with torch.jit.optimized_execution(False):  # type: ignore[attr-defined]  # noqa: FBT003 - torch's
                result: torch.Tensor = module(contexts)
            return result

        device, config = torch.device(self.device), self._config
        with self._guard:
            if not _is_double(log_probs_of, device, config.block_size):
                return None
            most, sizes = MOST_ROWS[self.device], (config.vocab_size, config.block_size)
            rows = LockstepRows(self.name, log_probs_of, device, *sizes, most)
        return GuardedRows(rows, self._guard)

    def _loaded(self, precision: Precision) -> "torch.nn.Module":
        """Return the module of the inspected archive, on the device.

        Raises:
            BackendError: torch cannot load it.
        """
        import torch  # noqa: PLC0415 - the constructor has loaded it

        archive = io.BytesIO(self._inspected)
        try:
            with self._guard, warnings.catch_warnings():
                warnings.simplefilter("ignore", DeprecationWarning)  # the format asks for it
                module = torch.jit.load(archive, map_location=self.device)  # type: ignore[no-untyped-call]
        except RuntimeError as error:
            if isinstance(error, BackendError):
                raise
            raise BackendError("model.ts: torch cannot load it") from error
        if precision == "float64":
            with self._guard:
                module = module.double()
        evaluated: torch.nn.Module = module.eval()
        return evaluated


def _is_double(
    log_probs_of: "Callable[[torch.Tensor], torch.Tensor]", device: "torch.device", block_size: int
) -> bool:
    """Return whether a function computes in float64: some operators mix no types."""
    import torch  # noqa: PLC0415 - the constructor has loaded it

    contexts = torch.zeros(1, block_size, dtype=torch.int64, device=device)
    try:
        with torch.inference_mode():
            return log_probs_of(contexts).dtype == torch.float64
    except RuntimeError as error:
        if is_device_fault(error):
            raise
        return False


def _inspected(raw: bytes, config: BackendConfig) -> bytes:
    """Return an archive written from the inspected parts of a file; the runtime is set up."""
    import torch  # noqa: PLC0415 - when the backend is chosen

    from namesmith_server.backends.inspection import rebuild_torchscript  # noqa: PLC0415 - likewise

    if config.device == "cuda" and not _has_cuda():
        raise BackendUnavailableError("device cuda: this machine has no usable CUDA device")
    torch.set_num_threads(config.threads)
    # Its recurrent layers read beyond their weights.
    torch.backends.mkldnn.set_flags(_enabled=False)  # type: ignore[no-untyped-call]
    return rebuild_torchscript(raw, _is_operator)


def _has_cuda() -> bool:
    """Return whether torch can use a CUDA device; it warns of the reason why it cannot."""
    import torch  # noqa: PLC0415 - when the backend is chosen

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return torch.cuda.is_available()


def _is_operator(name: str) -> bool:
    """Return whether torch has an operator of a name, which a call on any value would reach."""
    import torch  # noqa: PLC0415 - the constructor has loaded it

    return bool(torch._C._jit_get_schemas_for_operator(f"aten::{name}"))  # noqa: SLF001 - no other way to ask
