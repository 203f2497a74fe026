"""The TorchScript backend: the laws of a backend."""

from laws import BackendLaws

from namesmith_server.backends import Backend, get


class TestTorchScriptBackend(BackendLaws):
    """TorchScript keeps the laws on models with a table, with a chain, and with neither."""

    backend_class: type[Backend] = get("torchscript")
