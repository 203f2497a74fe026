"""The faults of a device are told apart, and a device that has failed stays refused."""

import onnxruntime
import pytest
import torch

from namesmith.bundle import Bundle
from namesmith_server.backends import (
    Backend,
    BackendConfig,
    BackendUnavailableError,
    Contexts,
    LogProbs,
    get,
    open_backend,
)
from namesmith_server.backends.base import DeviceLostError, DeviceMemoryError
from namesmith_server.backends.device_guard import DeviceGuard


class Idle(Backend):
    """A backend that is never asked."""

    def log_probs(self, contexts: Contexts) -> LogProbs:
        """Return nothing."""
        raise NotImplementedError


@pytest.fixture
def idle() -> Idle:
    """Provide a backend on CUDA that needs no GPU."""
    return Idle(b"", BackendConfig(vocab_size=1, block_size=1, device="cuda"))


@pytest.mark.parametrize(
    "words",
    [
        "CUDA out of memory. Tried to allocate 2 GiB",
        "an operation failed in the TorchScript interpreter.\nRuntimeError: CUDA out of memory.",
        "CUDA error: out of memory",
        "CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`",
        "[ONNXRuntimeError] : 6 : Failed to allocate memory for requested buffer of size 42",
    ],
)
def test_too_little_memory_ends_the_work_alone(idle: Idle, words: str) -> None:
    """The device answers the next piece of work."""
    guard = DeviceGuard(idle)
    with (
        pytest.raises(DeviceMemoryError, match=r"^device cuda: has too little memory left$"),
        guard,
    ):
        raise RuntimeError(words)
    with guard:
        assert idle.lost is None


@pytest.mark.parametrize(
    "words",
    [
        "CUDA error: an illegal memory access was encountered\nCUDA kernel errors might be",
        "CUDNN_STATUS_EXECUTION_FAILED",
        "[ONNXRuntimeError] : 1 : FAIL : CUDA failure 719: unspecified launch failure ; GPU=0",
    ],
)
def test_a_device_that_has_failed_is_refused_from_then_on(idle: Idle, words: str) -> None:
    """Whoever watches the backend is told once, and no later work begins."""
    told: list[DeviceLostError] = []
    idle.on_lost = told.append
    guard = DeviceGuard(idle)
    with pytest.raises(DeviceLostError), guard:
        raise RuntimeError(words)
    with pytest.raises(DeviceLostError), guard:
        pytest.fail("the work has begun")
    assert [str(error).partition(": ")[0] for error in told] == ["device cuda"]
    assert "\n" not in str(told[0])


def test_faults_of_a_model_pass(idle: Idle) -> None:
    """An error that says nothing of the device stays as it is."""
    with pytest.raises(RuntimeError, match="shape"), DeviceGuard(idle):
        raise RuntimeError("shape mismatch")
    assert idle.lost is None


def test_the_cpu_is_never_at_fault() -> None:
    """A model that asks for too much memory on the CPU is refused itself."""
    backend = Idle(b"", BackendConfig(vocab_size=1, block_size=1))
    with pytest.raises(RuntimeError, match="Failed to allocate"), DeviceGuard(backend):
        raise RuntimeError("Failed to allocate memory for requested buffer of size 42")


@pytest.mark.filterwarnings("ignore:.torch.jit.script. is deprecated")
def test_words_of_a_model_are_not_the_devices(idle: Idle) -> None:
    """An error that a model's own code raises is no fault of the device, whatever its words."""

    @torch.jit.script
    def lie(x: torch.Tensor) -> torch.Tensor:
        if x.sum() > 0:
            raise RuntimeError("CUDA error: out of memory")
        return x

    with pytest.raises(torch.jit.Error), DeviceGuard(idle):
        lie(torch.ones(1))
    assert idle.lost is None


def test_onnx_runtime_that_falls_back_to_the_cpu_is_refused(
    deep: Bundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A provider that ONNX Runtime has, and cannot start, does not silently become the CPU's."""
    session = onnxruntime.InferenceSession
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: ["CUDAExecutionProvider"])
    monkeypatch.setattr(
        onnxruntime,
        "InferenceSession",
        lambda raw, options, _: session(raw, options, ["CPUExecutionProvider"]),
    )
    with pytest.raises(BackendUnavailableError, match=r"^device cuda: ONNX Runtime cannot start"):
        open_backend(get("onnx"), deep, device="cuda")
