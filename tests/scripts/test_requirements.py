"""The requirements of the image's extras, of which some name others."""

import subprocess
import sys

import pytest

from wheels import ROOT


@pytest.mark.parametrize(
    ("extras", "build"),
    [
        ("server", "onnxruntime"),
        ("server,torch", "onnxruntime"),
        ("cuda", "onnxruntime"),
        ("onnx-cuda", "onnxruntime-gpu"),
        ("onnx-cuda,torch", "onnxruntime-gpu"),
    ],
)
def test_a_server_has_one_build_of_onnx_runtime(extras: str, build: str) -> None:
    """Two builds are one module, and would overwrite each other's files; no extra is left over."""
    script = ROOT / "scripts" / "requirements.py"
    command = [sys.executable, script, extras]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    lines = run.stdout.split("\n")
    builds = [line for line in lines if line.startswith("onnxruntime")]
    assert [line.partition("~=")[0].partition("[")[0] for line in builds] == [build]
    assert not any(line.startswith("namesmith") for line in lines)
    assert any(line.startswith("grpcio~=") for line in lines)
