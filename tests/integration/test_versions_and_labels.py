"""Versions and labels of a model, chosen by calls and changed while the server runs."""

import json
import shutil
import time
from pathlib import Path

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from lettered import MODEL, letter_of, publish_lettered
from namesmith.v1.names_pb2 import GenerateNamesRequest, ModelRef
from namesmith.v1.names_pb2_grpc import NameServiceStub
from namesmith_client import Client, Health, NotFoundError, UnavailableError
from processes import refused, running
from reloading import Reloads

STATES = health_pb2.HealthCheckResponse


def test_a_call_chooses_a_version_or_a_label(tmp_path: Path) -> None:
    """By default the newest answers; an unknown version or label is told with what there is."""
    for _ in range(3):
        publish_lettered(tmp_path)
    (tmp_path / MODEL / "labels.json").write_text(json.dumps({"stable": 1, "gone": 9}))
    options = ("--models", tmp_path, "--versions", "latest:2")
    with running(*options) as server, Client(server.address) as client:
        for model, version in (("", 3), (MODEL, 3), (f"{MODEL}/2", 2), ("@stable", 1)):
            answer = client.generate(5, model=model)
            assert answer.version == version
            assert set("".join(answer.names)) == {letter_of(version)}
        listed = client.models()
        assert [(one.version, one.labels, one.default) for one in listed] == [
            (3, (), True),
            (2, (), False),
            (1, ("stable",), False),
        ]
        assert {one.served_versions for one in listed} == {(3, 2, 1)}
        unserved = "label 'gone' of model bigram is version 9, which is not served"
        for model, message in (
            ("bigram/7", "version 7 of model bigram is not served, this server has 3, 2, 1"),
            ("@new", "label 'new' of model bigram is unknown, the labels are gone, stable"),
            ("@gone", f"{unserved}, this server has 3, 2, 1"),
        ):
            with pytest.raises(NotFoundError) as caught:
                client.generate(1, model=model)
            assert str(caught.value) == message
        with grpc.insecure_channel(server.address) as channel:
            both = GenerateNamesRequest(count=1, model=ModelRef(version=1, label="stable"))
            with pytest.raises(grpc.RpcError) as error:
                NameServiceStub(channel).GenerateNames(both)
            assert error.value.code() is grpc.StatusCode.INVALID_ARGUMENT


def test_health_tells_each_model_and_a_watcher_its_end(tmp_path: Path) -> None:
    """A model that comes is SERVING, and one that goes SERVICE_UNKNOWN."""
    models = tmp_path / "models"
    publish_lettered(models)
    with (
        running("--models", models) as server,
        grpc.insecure_channel(server.address) as channel,
    ):
        log, health = Reloads(server), health_pb2_grpc.HealthStub(channel)
        watch = health.Watch(health_pb2.HealthCheckRequest(service=MODEL))
        assert next(watch).status == STATES.SERVING
        shutil.move(models / MODEL, tmp_path / MODEL)
        log.reload("model retired")
        assert next(watch).status == STATES.SERVICE_UNKNOWN
        whole = health.Check(health_pb2.HealthCheckRequest())
        assert whole.status == STATES.NOT_SERVING
        shutil.move(tmp_path / MODEL, models / MODEL)
        log.reload("model loaded")
        assert next(watch).status == STATES.SERVING
        assert set(health.List(health_pb2.HealthListRequest()).statuses) >= {"", MODEL}


def test_a_watched_repository_may_be_empty_at_first(tmp_path: Path) -> None:
    """The server waits, NOT_SERVING, until a model comes; without a watch it ends."""
    ended = refused("--models", tmp_path)
    assert ended.stderr.splitlines()[-1] == f"namesmith-server: models {tmp_path}: holds no model"
    with (
        running("--models", tmp_path, "--watch", "0.1") as server,
        Client(server.address) as client,
    ):
        assert client.health() is Health.NOT_SERVING
        with pytest.raises(UnavailableError, match="no model is loaded"):
            client.models()
        publish_lettered(tmp_path)
        client.wait_ready(timeout=30)
        publish_lettered(tmp_path)
        log = Reloads(server)
        log.wait("model retired", version=1)
        assert client.generate(1).version == 2


def test_labels_that_change_are_served_by_a_watcher(tmp_path: Path) -> None:
    """A label loads its version; garbage is warned of once and changes nothing."""
    for _ in range(2):
        publish_lettered(tmp_path)
    file = tmp_path / MODEL / "labels.json"
    with (
        running("--models", tmp_path, "--watch", "0.1") as server,
        Client(server.address) as client,
    ):
        log = Reloads(server)
        file.write_text('{"stable": 1}')
        log.wait("model loaded", version=1)
        while (2, 1) not in {one.served_versions for one in client.models()}:
            time.sleep(0.01)
        file.write_text("garbage")
        log.wait("labels refused")
        publish_lettered(tmp_path)
        log.wait("model retired", version=2)
        assert client.generate(1, model="@stable").version == 1
        assert len(log.events("labels refused")) == 1


def test_a_wrong_policy_stops_the_start(tmp_path: Path) -> None:
    """The last line names the option and the word."""
    ended = refused("--models", tmp_path, "--versions", "newest")
    assert ended.returncode == 2
    message = "--versions: 'newest' is none of latest, latest:N and MODEL/VERSION"
    assert ended.stderr.splitlines()[-1] == f"namesmith-server: {message}"
