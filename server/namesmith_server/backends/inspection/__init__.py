"""The inspection of model files: what a file may do is known before a runtime opens the file.

A ``model.onnx`` must hold all of its data and standard operators alone. A ``model.ts`` is code: its
archive is taken apart, every node of the code is held to a list of pure operators, and a fresh
archive is put together from the inspected parts, which alone is loaded.
"""

from namesmith_server.backends.inspection.onnx_model import check_onnx
from namesmith_server.backends.inspection.torchscript import rebuild_torchscript

__all__ = ["check_onnx", "rebuild_torchscript"]
