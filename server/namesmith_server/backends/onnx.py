"""ONNX Runtime on the CPU, or on CUDA where the installed build supports CUDA."""

import os
from typing import Any, ClassVar

from namesmith.bundle import ONNX
from namesmith_server.backends.base import (
    Backend,
    BackendConfig,
    BackendError,
    Contexts,
    LogProbs,
)
from namesmith_server.backends.registry import register

PROVIDERS = {"cpu": "CPUExecutionProvider", "cuda": "CUDAExecutionProvider"}
"""ONNX Runtime's provider for each device."""

WITHOUT_TF32 = {"use_tf32": "0"}
"""Options of the CUDA provider: TF32 rounds factors to 10 bits, too far from the CPU's results."""

EXTERNAL_DATA = b"\x0a\x08location"
"""Key of a tensor's external_data in protobuf's encoding: the mark of data outside the file."""


@register
class OnnxBackend(Backend):
    """Runs a ``model.onnx``."""

    name = "onnx"
    files = (ONNX,)
    devices = ("cpu", "cuda")
    auto_rank: ClassVar = {"cpu": 1}

    def __init__(self, raw: bytes, config: BackendConfig) -> None:
        """Load the model from the bytes of the file.

        Raises:
            BackendError: this build of ONNX Runtime lacks the device, or cannot load the file.
            ImportError: ONNX Runtime is not installed.
        """
        super().__init__(raw, config)
        self._session = _session(raw, config)

    def log_probs(self, contexts: Contexts) -> LogProbs:
        """Return log P(next symbol | context): int64 [B, L] -> float32 [B, V]."""
        log_probs: LogProbs = self._session.run(["log_probs"], {"context": contexts})[0]
        return log_probs


def _session(raw: bytes, config: BackendConfig) -> Any:  # noqa: ANN401 - it ships no types
    os.environ.setdefault(
        "ORT_DISABLE_TELEMETRY", "1"
    )  # its builds report to their maker otherwise
    import onnxruntime  # noqa: PLC0415 - when the backend is chosen

    provider = PROVIDERS[config.device]
    if provider not in onnxruntime.get_available_providers():
        raise BackendError(f"device {config.device}: this ONNX Runtime has no {provider}")
    if EXTERNAL_DATA in raw:
        raise BackendError("model.onnx: keeps data outside the file")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = config.threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    chosen = (provider, WITHOUT_TF32 if config.device == "cuda" else {})
    try:
        return onnxruntime.InferenceSession(raw, options, [chosen])
    except Exception as error:  # ONNX Runtime raises its own, one class a status
        raise BackendError("model.onnx: ONNX Runtime cannot load it") from error
