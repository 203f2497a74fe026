"""The registry of backends: what it lists, which backend it chooses, and what it refuses."""

import subprocess
import sys

import pytest

from namesmith.bundle import Bundle
from namesmith.v1.manifest_pb2 import Manifest
from namesmith_server import backends
from namesmith_server.backends import BackendError, TableBackend, choose

RUNTIMES = {"torch", "onnxruntime", "safetensors", "onnx"}
"""Packages that compute or parse, none of which a list of backends needs."""


def test_backends_are_listed_by_their_rank_on_the_cpu() -> None:
    """The command line offers the backend that ``auto`` prefers first."""
    ranks = [backends.get(name).auto_rank.get("cpu", 0) for name in backends.names()]
    assert ranks == sorted(ranks, reverse=True)
    assert {"table", "onnx", "torchscript"} <= set(backends.names())
    assert {"cpu", "cuda"} <= set(backends.devices())


def test_listing_the_backends_imports_no_runtime() -> None:
    """A server that runs a table holds neither torch nor ONNX Runtime in memory."""
    program = (
        "import sys; from namesmith_server import backends; backends.names();"
        f" sys.exit(' '.join({RUNTIMES!r} & set(sys.modules)) or 0)"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert (ended.returncode, ended.stderr) == (0, "")


@pytest.mark.parametrize(
    ("model", "device", "chosen"),
    [
        ("small", "cpu", "table"),
        ("deep", "cpu", "onnx"),
        ("small", "cuda", "torchscript"),
        ("deep", "cuda", "torchscript"),
    ],
)
def test_auto_chooses_the_highest_rank_for_device_and_bundle(
    request: pytest.FixtureRequest, model: str, device: str, chosen: str
) -> None:
    """On the CPU the table where there is one, else ONNX Runtime; on CUDA TorchScript."""
    bundle: Bundle = request.getfixturevalue(model)
    assert choose(backends.AUTO, device, bundle).name == chosen


@pytest.mark.parametrize("name", ["table", "onnx", "torchscript"])
def test_a_backend_is_chosen_by_its_name(small: Bundle, name: str) -> None:
    """A name other than ``auto`` is taken at its word."""
    assert choose(name, "cpu", small).name == name


def test_an_unknown_backend_is_refused(small: Bundle) -> None:
    """The message lists the backends."""
    with pytest.raises(
        BackendError, match=f"backend tpu: is none of {', '.join(backends.names())}"
    ):
        choose("tpu", "cpu", small)


def test_a_device_that_the_backend_lacks_is_refused(small: Bundle) -> None:
    """The message lists the backend's devices."""
    with pytest.raises(BackendError, match="backend table: runs on device cpu only"):
        choose("table", "cuda", small)


def test_a_bundle_without_the_file_of_the_backend_is_refused(deep: Bundle) -> None:
    """The message names the file."""
    with pytest.raises(BackendError, match=r"backend table: the bundle holds no table\.saf"):
        choose("table", "cpu", deep)


def test_auto_refuses_a_bundle_without_a_model(deep: Bundle) -> None:
    """A bundle that no backend can open is faulty, so that an older version may be served."""
    empty = Bundle(deep.folder, Manifest())
    with pytest.raises(BackendError, match=r"chain\.safetensors or model\.onnx: not in the man"):
        choose(backends.AUTO, "cpu", empty)


@pytest.mark.parametrize(
    ("name", "package", "extra"),
    [("torchscript", "torch", "torch"), ("onnx", "onnxruntime", "server")],
)
def test_a_missing_runtime_is_reported_with_its_extra(
    small: Bundle, monkeypatch: pytest.MonkeyPatch, name: str, package: str, extra: str
) -> None:
    """The message names the package, and the extra that installs it."""
    monkeypatch.setitem(sys.modules, package, None)
    message = f"backend {name}: {package} is not installed; install namesmith\\[{extra}\\]"
    with pytest.raises(BackendError, match=message):
        backends.open_backend(backends.get(name), small)


def test_a_name_is_registered_once() -> None:
    """A second backend of the same name is refused; the same class may register again."""
    assert backends.register(TableBackend) is TableBackend

    class Other(TableBackend):
        """Another backend of the same name."""

    with pytest.raises(ValueError, match="backend table: is registered twice"):
        backends.register(Other)
