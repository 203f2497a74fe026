"""TorchScript on the CPU or on CUDA."""

import io
import warnings
from typing import TYPE_CHECKING, ClassVar

from namesmith.bundle import TORCHSCRIPT
from namesmith_server.backends.base import (
    Backend,
    BackendConfig,
    BackendError,
    BackendUnavailableError,
    Contexts,
    LogProbs,
)
from namesmith_server.backends.registry import register

if TYPE_CHECKING:
    import torch


@register
class TorchScriptBackend(Backend):
    """Runs a ``model.ts``."""

    name = "torchscript"
    files = (TORCHSCRIPT,)
    devices = ("cpu", "cuda")
    extra = "torch"
    is_foreign = True
    auto_rank: ClassVar = {"cuda": 1}

    def __init__(self, raw: bytes, config: BackendConfig) -> None:
        """Load the model from the bytes of the file.

        Raises:
            BackendError: the file may do more than compute, or torch cannot load it.
            BackendUnavailableError: this machine has no usable CUDA device.
            ImportError: torch is not installed.
        """
        super().__init__(raw, config)
        self.precision = config.precision
        self._module = _module(raw, config)

    def log_probs(self, contexts: Contexts) -> LogProbs:
        """Return log P(next symbol | context): int64 [B, L] -> [B, V]."""
        import torch  # noqa: PLC0415 - the constructor has loaded it

        with torch.inference_mode():
            result = self._module(torch.from_numpy(contexts).to(self.device))
            log_probs: LogProbs = result.cpu().contiguous().numpy()
        return log_probs


def _module(raw: bytes, config: BackendConfig) -> "torch.nn.Module":
    import torch  # noqa: PLC0415 - when the backend is chosen

    from namesmith_server.backends.inspection import rebuild_torchscript  # noqa: PLC0415 - likewise

    if config.device == "cuda" and not torch.cuda.is_available():
        raise BackendUnavailableError("device cuda: this machine has no usable CUDA device")
    torch.set_num_threads(config.threads)
    # Its recurrent layers read beyond their weights.
    torch.backends.mkldnn.set_flags(_enabled=False)  # type: ignore[no-untyped-call]
    inspected = rebuild_torchscript(raw, _is_operator)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # the format asks for it
            module = torch.jit.load(io.BytesIO(inspected), map_location=config.device)  # type: ignore[no-untyped-call]
    except RuntimeError as error:
        raise BackendError("model.ts: torch cannot load it") from error
    if config.precision == "float64":
        module = module.double()
    evaluated: torch.nn.Module = module.eval()
    return evaluated


def _is_operator(name: str) -> bool:
    """Return whether torch has an operator of a name, which a call on any value would reach."""
    import torch  # noqa: PLC0415 - the constructor has loaded it

    return bool(torch._C._jit_get_schemas_for_operator(f"aten::{name}"))  # noqa: SLF001 - no other way to ask
