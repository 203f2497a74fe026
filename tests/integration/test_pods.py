"""The pods that kustomize builds, in podman: they serve, drain, reload; alerts come and go.

Runs against the image that NAMESMITH_IMAGE names, in the podman that CONTAINER names, and skips
without: ``make image test-image CONTAINER=podman`` builds it and sets both.
"""

import json
import os
import shlex
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
import yaml

from bundles import copy_version
from deployed import DEPLOY, documents, tool
from namesmith_client import Client, Health, UnavailableError
from namesmith_server.app.settings import EMBEDDED

IMAGE = os.environ.get("NAMESMITH_IMAGE", "")
ENGINE = shlex.split(os.environ.get("CONTAINER", "docker"))
PATIENCE = 60.0
"""Seconds in which a change arrives on a busy machine."""

MODEL = "us-names"

pytestmark = pytest.mark.skipif(
    not IMAGE or "podman" not in ENGINE[0], reason="NAMESMITH_IMAGE names no image, or no podman"
)


@dataclass
class Played:
    """A pod that runs.

    Attributes:
        address: address of its server.
        metrics: HOST:PORT of its metrics.
        container: name of its container.
        models: the repository that is mounted.
    """

    address: str
    metrics: str
    container: str
    models: Path


def engine(*arguments: str | Path) -> str:
    """Return the output of the container engine, whose failure fails the test with its message."""
    ended = subprocess.run([*ENGINE, *arguments], capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout.strip()


def free_port() -> int:
    """Return a free port."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def until(holds: Callable[[], object]) -> None:
    """Wait until something holds; fail after ``PATIENCE``."""
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, "it did not come"
        time.sleep(0.1)


def built(folder: Path, settings: dict[str, str], models: Path) -> str:
    """Return the base with models from a volume, as kustomize builds it, for one machine.

    podman shares the machine's network, and has no volume for a claim: the models are a folder. A
    container that ends stays, to be looked at. The user is one of OpenShift's.
    """
    overlay = {
        "resources": [os.path.relpath(DEPLOY / "kubernetes" / "base", folder)],
        "components": [
            os.path.relpath(DEPLOY / "kubernetes" / "components" / "models-volume", folder),
            "settings",
        ],
        "images": [{"name": "namesmith", "newName": IMAGE.partition(":")[0], "newTag": "latest"}],
    }
    literals = [f"{name}={value}" for name, value in settings.items()]
    generated = {"name": "namesmith-settings", "behavior": "merge", "literals": literals}
    component = {
        "apiVersion": "kustomize.config.k8s.io/v1alpha1",
        "kind": "Component",
        "configMapGenerator": [generated],
    }
    (folder / "settings").mkdir()
    (folder / "kustomization.yaml").write_text(yaml.safe_dump(overlay))
    (folder / "settings" / "kustomization.yaml").write_text(yaml.safe_dump(component))
    objects = documents(tool("kubectl", "kustomize", folder))
    (deployment,) = (made for made in objects if made["kind"] == "Deployment")
    pod = deployment["spec"]["template"]["spec"]
    pod["hostNetwork"] = True
    del pod["containers"][0]["ports"]
    pod["restartPolicy"] = "Never"
    pod["securityContext"] |= {"runAsUser": 1000770000, "runAsGroup": 0}
    for volume in pod["volumes"]:
        if volume["name"] == "models":
            del volume["persistentVolumeClaim"]
            volume["hostPath"] = {"path": str(models)}
    kept = [made for made in objects if made["kind"] in {"ConfigMap", "Deployment"}]
    return yaml.safe_dump_all(kept)


@contextmanager
def playing(folder: Path, **settings: str) -> Iterator[Played]:
    """Provide a pod of the base that serves a repository of one model; remove it at the end."""
    models = folder / "models"
    shutil.copytree(EMBEDDED / MODEL, models / MODEL)
    folder.chmod(0o755)
    for above in folder.parents[:2]:
        above.chmod(0o755)
    address, metrics = f"127.0.0.1:{free_port()}", f"127.0.0.1:{free_port()}"
    given = {
        "NAMESMITH_ADDRESS": address,
        "NAMESMITH_METRICS_ADDRESS": metrics,
        "NAMESMITH_WATCH": "0.5",
        **settings,
    }
    overlay = folder / "overlay"
    overlay.mkdir()
    file = folder / "played.yaml"
    file.write_text(built(overlay, given, models))
    engine("kube", "play", file)
    try:
        names = engine("ps", "--all", "--format", "{{.Names}}").split()
        (container,) = (name for name in names if name.endswith("-server"))
        with Client(address) as client:
            client.wait_ready()
        yield Played(address, metrics, container, models)
    finally:
        engine("kube", "down", file)


def test_a_pod_serves_and_drains(tmp_path: Path) -> None:
    """After SIGTERM it tells NOT_SERVING and serves for the drain delay; then it ends with 0."""
    with playing(tmp_path, NAMESMITH_DRAIN_DELAY_SECONDS="3") as pod:
        with Client(pod.address) as client:
            assert len(client.generate(1_000, seed=7).names) == 1_000
            engine("kill", "--signal", "TERM", pod.container)
            until(lambda: client.health() is Health.NOT_SERVING)
            assert len(client.generate(10).names) == 10
        engine("wait", pod.container)
        state = json.loads(engine("inspect", pod.container))[0]["State"]
        assert state["ExitCode"] == 0
        with Client(pod.address, timeout=1) as late, pytest.raises(UnavailableError):
            late.health()


def test_a_pod_serves_what_is_published(tmp_path: Path) -> None:
    """A version that appears in the mounted repository is served; one that is faulty is not."""
    with playing(tmp_path) as pod, Client(pod.address) as client:
        first = pod.models / MODEL / "1"
        copy_version(first, pod.models, 2)
        until(lambda: client.models()[0].version == 2)
        (copy_version(first, pod.models, 3) / "table.safetensors").write_bytes(b"garbage")

        def states() -> list[str]:
            # The admin service listens on a socket in the pod, and the client there knows it.
            listed = engine("exec", pod.container, "namesmith", "admin", "versions", MODEL)
            return [line.split("\t")[2] for line in listed.splitlines()]

        until(lambda: states() == ["REFUSED", "SERVING", "AVAILABLE"])
        assert client.models()[0].version == 2
        copy_version(first, pod.models, 4)
        until(lambda: client.models()[0].version == 4)


def test_a_pod_looks_at_its_models_at_sighup(tmp_path: Path) -> None:
    """Without a watch a version is served after SIGHUP."""
    with playing(tmp_path, NAMESMITH_WATCH="0") as pod, Client(pod.address) as client:
        copy_version(pod.models / MODEL / "1", pod.models, 2)
        assert client.models()[0].version == 1
        engine("kill", "--signal", "HUP", pod.container)
        until(lambda: client.models()[0].version == 2)


@pytest.mark.skipif(shutil.which("prometheus") is None, reason="prometheus is not installed")
def test_alerts_come_with_a_broken_model_and_go_with_its_repair(tmp_path: Path) -> None:
    """A real Prometheus, with the rules made hasty, tells a faulty model and then its repair."""
    with playing(tmp_path) as pod, prometheus(tmp_path, pod.metrics) as ask:

        def firing() -> set[str]:
            alerts = ask("alerts")["alerts"]
            return {one["labels"]["alertname"] for one in alerts if one["state"] == "firing"}

        # A count's growth is seen between two scrapes.
        until(lambda: ask("query?query=count_over_time(up[1m])>2")["result"])
        assert firing() == set()
        broken = copy_version(pod.models / MODEL / "1", pod.models, 1_000)
        (broken / "table.safetensors").write_bytes(b"garbage")
        other = pod.models / "other" / "1"
        shutil.copytree(broken, other)
        until(lambda: firing() >= {"NamesmithModelInvalid", "NamesmithReloadRefused"})
        shutil.rmtree(broken)
        shutil.rmtree(other.parent)
        until(lambda: firing() == set())


@contextmanager
def prometheus(folder: Path, target: str) -> Iterator[Callable[[str], dict[str, Any]]]:
    """Provide a function that asks a Prometheus, which scrapes a server, a question of its API."""
    rules = (DEPLOY / "prometheus" / "rules.yaml").read_text()
    for slow, hasty in (("[10m]", "[10s]"), ("for: 10m", "for: 1s"), ("for: 1m", "for: 1s")):
        rules = rules.replace(slow, hasty)
    (folder / "rules.yaml").write_text(rules)
    jobs = [{"job_name": "namesmith", "static_configs": [{"targets": [target]}]}]
    settings = {
        "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
        "rule_files": ["rules.yaml"],
        "scrape_configs": jobs,
    }
    (folder / "prometheus.yaml").write_text(yaml.safe_dump(settings))
    address = f"127.0.0.1:{free_port()}"
    command = [
        "prometheus",
        f"--config.file={folder / 'prometheus.yaml'}",
        f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address={address}",
        "--log.level=error",
    ]

    def ask(question: str) -> dict[str, Any]:
        with urlopen(f"http://{address}/api/v1/{question}") as answer:
            data: dict[str, Any] = json.load(answer)["data"]
        return data

    def is_up() -> bool:
        with suppress(OSError):
            return "groups" in ask("rules")
        return False

    with subprocess.Popen(command) as process:
        try:
            until(is_up)
            yield ask
        finally:
            process.terminate()
