"""Fault 3: a reload meets a version that cannot be served, under load."""

import shutil
from pathlib import Path

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from changed import changed
from lettered import MODEL, nan_table, publish_lettered
from namesmith.bundle import TABLE
from namesmith_client import Client
from processes import refused, running
from reloading import Reloads
from traffic import traffic

SLOW = """
import time
from namesmith_server.app.loading import loader

opened = loader.open_version

def open_version(bundle, settings):
    if bundle.manifest.version % 7 == 0:
        time.sleep(0.5)
    return opened(bundle, settings)

loader.open_version = open_version
"""
"""Code of a server that loads each seventh version slowly."""


def served(address: str) -> list[int]:
    """Return the versions of the model that are served."""
    with Client(address) as client:
        return [one.version for one in client.models() if one.name == MODEL]


def corrupt(models: Path) -> int:
    """Publish a version of which a byte is wrong; return the version."""
    folder = publish_lettered(models)
    raw = bytearray((folder / TABLE).read_bytes())
    raw[-1] ^= 1
    (folder / TABLE).write_bytes(bytes(raw))
    return int(folder.name)


def test_fault_03_a_corrupt_version_is_refused_and_the_old_one_serves_on(tmp_path: Path) -> None:
    """The refusal is logged once, and a mended bundle is served."""
    publish_lettered(tmp_path)
    with running("--models", tmp_path) as server, traffic(server.address) as calls:
        log = Reloads(server)
        version = corrupt(tmp_path)
        line = log.reload("bundle refused", model=MODEL, version=version)
        assert line["reason"] == "table.safetensors: its SHA-256 is not the manifest's"
        assert served(server.address) == [1]
        shutil.rmtree(tmp_path / MODEL / str(version))
        publish_lettered(tmp_path)
        log.reload("model retired", version=1)
        assert served(server.address) == [2]
        assert len(log.events("bundle refused")) == 1
    assert calls.faults == []
    assert calls.versions == {1, 2}


@pytest.mark.parametrize(
    "rounds", [3, pytest.param(40, marks=pytest.mark.slow)], ids=lambda one: f"{5 * one}-reloads"
)
def test_fault_03_reloads_under_load_fail_no_call_and_mix_no_versions(
    tmp_path: Path, rounds: int
) -> None:
    """New valid, corrupt, not-a-number, vanished and slow versions, one after the other."""
    models = tmp_path / "models"
    publish_lettered(models)
    with changed(tmp_path, SLOW, "--models", models) as server, traffic(server.address) as calls:
        log = Reloads(server)
        for _ in range(rounds):
            before = served(server.address)
            newest = int(publish_lettered(models).name)
            log.reload("model retired", version=before[0])
            assert served(server.address) == [newest]
            log.reload("bundle refused", version=corrupt(models))
            refused_one = int(publish_lettered(models, nan_table()).name)
            log.reload("bundle refused", version=refused_one)
            assert served(server.address) == [newest]
            shutil.rmtree(publish_lettered(models))
            shutil.rmtree(models / MODEL / str(newest))
            publish_lettered(models)
            log.reload("model retired", version=newest)
    assert calls.faults == []
    assert calls.calls > rounds


def test_fault_03_at_the_start_a_model_without_a_valid_version_is_told(tmp_path: Path) -> None:
    """The others are served; health has its name, NOT_SERVING; with --strict the start ends."""
    publish_lettered(tmp_path)
    shutil.copytree(tmp_path / MODEL, tmp_path / "broken")
    with (
        running("--models", tmp_path) as server,
        grpc.insecure_channel(server.address) as channel,
    ):
        health = health_pb2_grpc.HealthStub(channel)
        expected = {
            "": health_pb2.HealthCheckResponse.SERVING,
            MODEL: health_pb2.HealthCheckResponse.SERVING,
            "broken": health_pb2.HealthCheckResponse.NOT_SERVING,
        }
        for name, state in expected.items():
            asked = health_pb2.HealthCheckRequest(service=name)
            assert health.Check(asked, timeout=30).status == state
        (told,) = (line for line in server.log if line["event"] == "model not served")
    assert told["model"] == "broken"
    assert told["reason"] == "version 1: manifest.json is that of bigram/1"
    ended = refused("--models", tmp_path, "--strict")
    assert ended.returncode == 1
    last = "namesmith-server: model broken: version 1: manifest.json is that of bigram/1"
    assert ended.stderr.splitlines()[-1] == last
