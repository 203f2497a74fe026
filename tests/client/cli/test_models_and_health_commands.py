"""The commands models and health, run by a script."""

import json
import socket
import subprocess

from grpc_health.v1.health import HealthServicer
from grpc_health.v1.health_pb2 import HealthCheckResponse

from fakes import Fake, serving
from namesmith_client import Client
from processes import running
from terminal import NAMESMITH, answer, run


def test_models_prints_a_line_for_each_served_model(server: str, client: Client) -> None:
    """JSON holds all that the library answers of a model."""
    stated = "locale=en-US, year=2017\tCC0-1.0"
    assert answer(server, "models") == (
        f"us-names\t1\tyes\ttable\tcpu\t12097\tus-names\t{stated}\n"
    )
    (shown,) = json.loads(answer(server, "models", "--json"))["models"]
    (expected,) = client.models()
    assert (shown["name"], shown["created"]) == (expected.name, expected.created)
    assert shown["splits"][1]["loss"] == expected.splits[1].loss


def test_health_ends_with_0_only_when_serving(server: str) -> None:
    """The exit status is 1 for a server that does not serve; its state goes to standard output."""
    assert answer(server, "health") == "SERVING\n"
    assert json.loads(answer(server, "health", "--json")) == {"status": "SERVING"}
    servicer = HealthServicer()
    servicer.set("", HealthCheckResponse.NOT_SERVING)
    with serving(Fake(), health=servicer) as address:
        result = run(address, "health")
    assert (result.returncode, result.stdout, result.stderr) == (1, "NOT_SERVING\n", "")


def test_health_waits_for_a_server_that_is_starting() -> None:
    """The command with --wait exits with 0 once a server that starts later serves."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{one.getsockname()[1]}"
    command = [NAMESMITH, "health", "--wait", "--address", address]
    with (
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as waiting,
        running("--address", address),
    ):
        assert waiting.communicate(timeout=60) == ("SERVING\n", None)
        assert waiting.returncode == 0
