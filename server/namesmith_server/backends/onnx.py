"""ONNX Runtime on the CPU, or on CUDA where its build has it."""

import os

os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")  # its builds report to their maker otherwise

import onnxruntime

from namesmith_server.backends.base import Backend, BackendError, Contexts, LogProbs

PROVIDERS = {"cpu": "CPUExecutionProvider", "cuda": "CUDAExecutionProvider"}

EXACT = {"use_tf32": "0"}
"""CUDA rounds factors to 10 bits otherwise: too far from the CPU for the same names."""

EXTERNAL = b"\x0a\x08location"
"""The key of a tensor's external_data, as protobuf writes it."""


class OnnxBackend(Backend):
    """Runs a ``model.onnx``."""

    name = "onnx"

    def __init__(self, raw: bytes, device: str, threads: int) -> None:
        """Takes the bytes of the file.

        Raises:
            BackendError: this build of ONNX Runtime has no such device, or cannot load it.
        """
        if PROVIDERS[device] not in onnxruntime.get_available_providers():
            raise BackendError(f"device {device}: this ONNX Runtime has no {PROVIDERS[device]}")
        if EXTERNAL in raw:
            raise BackendError("model.onnx: keeps data outside the file")
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        provider = (PROVIDERS[device], EXACT if device == "cuda" else {})
        try:
            self._session = onnxruntime.InferenceSession(raw, options, [provider])
        except Exception as error:  # ONNX Runtime raises its own, one class a status
            raise BackendError("model.onnx: ONNX Runtime cannot load it") from error
        self.device = device

    def log_probs(self, contexts: Contexts) -> LogProbs:
        """Log P(next symbol | context): int64 [B, L] -> float32 [B, V]."""
        log_probs: LogProbs = self._session.run(["log_probs"], {"context": contexts})[0]
        return log_probs
