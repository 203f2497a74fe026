"""ONNX Runtime on the CPU, or on CUDA where the installed build supports CUDA."""

import os
from typing import Any, ClassVar

from namesmith.bundle import ONNX
from namesmith_server.backends.base import (
    Backend,
    BackendConfig,
    BackendError,
    BackendUnavailableError,
    Contexts,
    LogProbs,
)
from namesmith_server.backends.device_guard import DeviceGuard, is_device_fault
from namesmith_server.backends.registry import register
from namesmith_server.backends.wider_onnx import widen_onnx

PROVIDERS = {"cpu": "CPUExecutionProvider", "cuda": "CUDAExecutionProvider"}
"""ONNX Runtime's provider for each device."""

WITHOUT_TF32 = {"use_tf32": "0"}
"""Options of the CUDA provider: TF32 rounds factors to 10 bits, too far from the CPU's results."""

FORMAT = ("session.load_model_format", "ONNX")
"""The entry of the session's options without which bytes of another format, which is not inspected,
would be loaded too."""


@register
class OnnxBackend(Backend):
    """Runs a ``model.onnx``."""

    name = "onnx"
    files = (ONNX,)
    devices = ("cpu", "cuda")
    is_foreign = True
    auto_rank: ClassVar = {"cpu": 1}

    def __init__(self, raw: bytes, config: BackendConfig) -> None:
        """Load the model from the bytes of the file.

        Raises:
            BackendError: the file may do more than compute, or ONNX Runtime cannot load it, or
                cannot compute one of its operators in float64.
            BackendUnavailableError: this build of ONNX Runtime lacks the device, or the device
                cannot be used, or has too little memory left.
            ImportError: ONNX Runtime is not installed.
        """
        super().__init__(raw, config)
        self.precision = config.precision
        self._guard = DeviceGuard(self)
        with self._guard:
            self._session = _session(raw, config)

    def log_probs(self, contexts: Contexts) -> LogProbs:
        """Return log P(next symbol | context): int64 [B, L] -> [B, V]."""
        with self._guard:
            log_probs: LogProbs = self._session.run(["log_probs"], {"context": contexts})[0]
        return log_probs


def _session(raw: bytes, config: BackendConfig) -> Any:  # noqa: ANN401 - it ships no types
    os.environ.setdefault(
        "ORT_DISABLE_TELEMETRY", "1"
    )  # its builds report to their maker otherwise
    import onnxruntime  # noqa: PLC0415 - when the backend is chosen

    from namesmith_server.backends.inspection import check_onnx  # noqa: PLC0415 - likewise

    provider = PROVIDERS[config.device]
    if provider not in onnxruntime.get_available_providers():
        raise BackendUnavailableError(
            f"device {config.device}: this ONNX Runtime has no {provider}"
        )
    check_onnx(raw)
    model = raw if config.precision == "float32" else widen_onnx(raw)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = config.threads
    options.inter_op_num_threads = 1
    # Its messages hold the file's own names, and would go past the log.
    onnxruntime.set_default_logger_severity(4)
    options.log_severity_level = 4
    options.add_session_config_entry(*FORMAT)
    chosen = (provider, WITHOUT_TF32 if config.device == "cuda" else {})
    try:
        session = onnxruntime.InferenceSession(model, options, [chosen])
    except Exception as error:  # ONNX Runtime raises its own, one class a status
        if config.device != "cpu" and is_device_fault(error):
            raise
        raise BackendError("model.onnx: ONNX Runtime cannot load it") from error
    if session.get_providers()[0] != provider:  # it goes on without one that does not start
        raise BackendUnavailableError(
            f"device {config.device}: ONNX Runtime cannot start its {provider}"
        )
    return session
