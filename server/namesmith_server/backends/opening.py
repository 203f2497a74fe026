"""Opening a backend on a bundle: choosing the backend, and checking that it runs the model."""

from typing import TypeVar

import numpy as np

from namesmith.bundle import Bundle
from namesmith_server.backends import registry
from namesmith_server.backends.base import (
    Backend,
    BackendConfig,
    BackendError,
    BackendUnavailableError,
    Precision,
)

OpenedBackend = TypeVar("OpenedBackend", bound=Backend)


def choose(name: str, device: str, bundle: Bundle) -> type[Backend]:
    """Return the backend of a name; for ``AUTO`` the highest-ranked of device and bundle.

    Raises:
        BackendUnavailableError: no backend has the name, or the backend cannot compute on the
            device.
        BackendError: the bundle holds none of the backend's files, or for ``AUTO`` of any
            candidate's.
    """
    if name == registry.AUTO:
        return _highest_ranked(device, bundle)
    backend = registry.get(name)
    if device not in backend.devices:
        raise BackendUnavailableError(
            f"backend {name}: runs on device {' or '.join(backend.devices)} only"
        )
    if file_of(backend, bundle) is None:
        raise BackendError(f"backend {name}: the bundle holds no {' or '.join(backend.files)}")
    return backend


def file_of(backend: type[Backend], bundle: Bundle) -> str | None:
    """Return the path of the bundle's file that the backend reads; None where there is none."""
    return next((file for file in backend.files if bundle.has(file)), None)


def _highest_ranked(device: str, bundle: Bundle) -> type[Backend]:
    every = map(registry.get, registry.names())
    ranked = [backend for backend in every if device in backend.auto_rank]
    for backend in sorted(ranked, key=lambda one: -one.auto_rank[device]):
        if file_of(backend, bundle) is not None:
            return backend
    files = " or ".join(file for backend in ranked for file in backend.files)
    raise BackendError(f"{files}: not in the manifest")


def open_backend(
    backend: type[OpenedBackend],
    bundle: Bundle,
    device: str = "cpu",
    threads: int = 1,
    precision: Precision = "float32",
) -> OpenedBackend:
    """Open a backend on its file of the bundle; the file is verified first.

    Raises:
        BackendUnavailableError: the runtime is not installed, or this machine lacks the device.
        BackendError: the backend cannot run the file.
        BundleError: the bundle holds none of the backend's files, or the file differs from its
            description in the manifest.
    """
    file = file_of(backend, bundle) or backend.files[0]
    raw = bundle.read(file)
    config = BackendConfig(
        vocab_size=len(bundle.vocabulary),
        block_size=bundle.manifest.architecture.block_size,
        file=file,
        device=device,
        threads=threads,
        precision=precision,
    )
    try:
        return backend(raw, config)
    except ImportError as error:
        package = (error.name or backend.name).partition(".")[0]
        raise BackendUnavailableError(
            f"backend {backend.name}: {package} is not installed;"
            f" install namesmith[{backend.extra}]"
        ) from error


def check_answers(backend: Backend, bundle: Bundle) -> None:
    """Ask the backend for one distribution, whose shape must be the manifest's.

    Raises:
        BackendError: the backend fails, or its answer has another shape than [1, V].
    """
    vocab_size, block_size = len(bundle.vocabulary), bundle.manifest.architecture.block_size
    try:
        log_probs = backend.log_probs(np.zeros((1, block_size), dtype=np.int64))
    except BackendUnavailableError:
        raise
    except Exception as error:
        raise BackendError(f"{backend.name}: the model does not run on its contexts") from error
    if log_probs.shape != (1, vocab_size):
        raise BackendError(
            f"{backend.name}: the model answers {list(log_probs.shape)} for one context,"
            f" the manifest says [1, {vocab_size}]"
        )
