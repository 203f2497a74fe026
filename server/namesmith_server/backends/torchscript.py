"""TorchScript on the CPU or on CUDA. Importing this module imports torch."""

import io
import warnings

import torch

from namesmith_server.backends.base import Backend, BackendError, Contexts, LogProbs


class TorchScriptBackend(Backend):
    """Runs a ``model.ts``."""

    name = "torchscript"

    def __init__(self, raw: bytes, device: str, threads: int) -> None:
        """Takes the bytes of the file.

        Raises:
            BackendError: this machine has no such device, or torch cannot load it.
        """
        if device == "cuda" and not torch.cuda.is_available():
            raise BackendError("device cuda: this machine has no usable CUDA device")
        torch.set_num_threads(threads)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DeprecationWarning)  # the format asks for it
                module = torch.jit.load(io.BytesIO(raw), map_location=device)  # type: ignore[no-untyped-call]
        except RuntimeError as error:
            raise BackendError("model.ts: torch cannot load it") from error
        self._module = module.eval()
        self.device = device

    def log_probs(self, contexts: Contexts) -> LogProbs:
        """Log P(next symbol | context): int64 [B, L] -> float32 [B, V]."""
        with torch.inference_mode():
            result = self._module(torch.from_numpy(contexts).to(self.device))
            log_probs: LogProbs = result.cpu().numpy()
        return log_probs
