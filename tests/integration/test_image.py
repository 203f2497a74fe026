"""The container image under a cluster's restrictions: its answers and its contents.

Runs against the image that NAMESMITH_IMAGE names, in the engine that CONTAINER names (docker
unless given), and skips without: ``make image test-image`` builds it and sets both. The image with
the torch backends is NAMESMITH_TORCH_IMAGE.
"""

import json
import os
import shlex
import socket
import subprocess
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from namesmith_client import Client, Health

IMAGE = os.environ.get("NAMESMITH_IMAGE", "")
TORCH_IMAGE = os.environ.get("NAMESMITH_TORCH_IMAGE", "")
ENGINE = shlex.split(os.environ.get("CONTAINER", "docker"))
HARDENED = ("--read-only", "--cap-drop=all", "--security-opt=no-new-privileges", "--network=host")
UNWANTED = {
    *("torch", "pip", "setuptools", "wheel"),  # programs and packages alike
    *("gcc", "cc", "g++", "c++", "ld", "as", "strip", "make"),
    *("sh", "bash", "dash", "busybox", "apt", "apt-get", "dpkg-deb", "perl"),
    *("namesmith_trainer", "namesmith-trainer", "onnx", "onnxscript"),
}
"""File names that the image must not hold."""

LABELS = ("base.name", "created", "description", "revision", "title", "version")
"""Labels of the Open Container Initiative that ``make image`` fills."""

pytestmark = pytest.mark.skipif(not IMAGE, reason="NAMESMITH_IMAGE names no image to test")


def engine(*arguments: str | Path) -> str:
    """Return the output of the container engine, whose failure fails the test with its message."""
    ended = subprocess.run([*ENGINE, *arguments], capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout.strip()


def free_address() -> str:
    """Return an address with a free port."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return f"127.0.0.1:{server.getsockname()[1]}"


@contextmanager
def running(*options: str, image: str = IMAGE) -> Iterator[tuple[str, str]]:
    """Provide the id and the address of a container that serves, removed at the end."""
    address = free_address()
    settings = f"--env=NAMESMITH_ADDRESS={address}"
    container = engine("run", "--detach", *HARDENED, settings, image, *options)
    try:
        with Client(address) as client:
            client.wait_ready()
        yield container, address
    finally:
        engine("rm", "--force", container)


@pytest.fixture(scope="module")
def config() -> dict[str, Any]:
    """Provide the configuration of the image."""
    (image,) = json.loads(engine("image", "inspect", IMAGE))
    # docker has the health check within the configuration, podman beside.
    return {"Healthcheck": image.get("Healthcheck"), **image["Config"]}


@pytest.fixture(scope="module")
def contents(tmp_path_factory: pytest.TempPathFactory) -> list[tarfile.TarInfo]:
    """Provide the entry of every file of the image."""
    archive = tmp_path_factory.mktemp("image") / "image.tar"
    container = engine("create", IMAGE)
    try:
        engine("export", "--output", archive, container)
    finally:
        engine("rm", container)
    with tarfile.open(archive) as tar:
        return tar.getmembers()


@pytest.mark.parametrize("backend", ["table", "onnx"])
def test_the_image_answers_hardened_on_every_backend(backend: str) -> None:
    """A read-only container without capabilities gives a seed's names and the trainer's loss."""
    with running("--backend", backend) as (_, address), Client(address) as client:
        names = client.generate(1_000, seed=7).names
        loss = client.evaluate("val")
        (served,) = client.models()
    assert served.backend == backend
    assert len(names) == 1_000
    assert loss.loss == pytest.approx(2.12138, abs=1e-5)


def test_backends_in_the_image_give_equal_names() -> None:
    """A seed gives the same names on every backend of the image."""
    names = []
    for backend in ("table", "onnx"):
        with running("--backend", backend) as (_, address), Client(address) as client:
            names.append(client.generate(1_000, seed=7).names)
    assert names[0] == names[1]


@pytest.mark.skipif(not TORCH_IMAGE, reason="NAMESMITH_TORCH_IMAGE names no image to test")
def test_the_torch_image_gives_equal_names() -> None:
    """The backend of the torch image gives the names of the table, with the same restrictions."""
    names = []
    for image, backend in ((IMAGE, "table"), (TORCH_IMAGE, "torchscript")):
        with running("--backend", backend, image=image) as (_, address), Client(address) as client:
            names.append(client.generate(1_000, seed=7).names)
    assert names[0] == names[1]


def test_the_log_is_json_and_nothing_else() -> None:
    """No library writes into the log: no warning at start, no telemetry of ONNX Runtime."""
    with running("--backend", "onnx") as (container, _):
        engine("stop", container)
        ended = subprocess.run([*ENGINE, "logs", container], capture_output=True, check=True)
    lines = [json.loads(line) for line in ended.stderr.splitlines() if line.startswith(b"{")]
    assert len(lines) == len([line for line in ended.stderr.splitlines() if b"level=" not in line])
    life = ["model loaded", "serving", "draining", "stopped"]
    assert [line["event"] for line in lines if line["event"] in life] == life


def test_the_health_check_is_the_clients(config: dict[str, Any]) -> None:
    """The health check exits with 0 while the server serves, past any proxy, and with 1 after."""
    kind, *command = config["Healthcheck"]["Test"]
    assert kind == "CMD"
    with running() as (container, _):
        proxy = f"--env=http_proxy=http://{free_address()}"
        assert engine("exec", proxy, container, *command) == Health.SERVING
        gone = f"--env=NAMESMITH_ADDRESS={free_address()}"
        ended = subprocess.run([*ENGINE, "exec", gone, container, *command], check=False)
        assert ended.returncode == 1


def test_sigterm_ends_the_container_with_status_0() -> None:
    """The server is process 1 and drains within the minute after which the engine would kill it."""
    with running() as (container, _):
        engine("stop", "--time", "60", container)
        assert engine("inspect", "--format", "{{.State.ExitCode}}", container) == "0"


def test_a_backend_that_is_not_in_the_image_is_refused() -> None:
    """The last line says which extra to install."""
    command = [*ENGINE, "run", "--rm", *HARDENED, IMAGE, "--backend", "torchscript"]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert ended.stderr.splitlines()[-1].endswith(
        "torch is not installed; install namesmith[torch]"
    )


def test_the_image_holds_nothing_to_build_or_break_in_with(contents: list[tarfile.TarInfo]) -> None:
    """The image has no torch, pip, compiler, shell, package manager, trainer or setuid file."""
    names = {Path(member.name).name for member in contents}
    assert "namesmith-server" in names
    assert names & UNWANTED == set()
    assert [member.name for member in contents if member.mode & 0o6000] == []


def test_the_image_belongs_to_root_and_is_read_only(contents: list[tarfile.TarInfo]) -> None:
    """Every file is root's, and only root may write any, except in /tmp."""
    writable = {m.name.strip("./") for m in contents if m.mode & 0o022 and not m.issym()}
    assert writable - {"dev", "proc", "sys"} <= {"tmp"}
    assert {(m.uid, m.gid) for m in contents if "namesmith" in m.name} == {(0, 0)}


def test_the_image_lists_its_materials(
    config: dict[str, Any], contents: list[tarfile.TarInfo]
) -> None:
    """The bill of materials, where the label says, has each distribution and Debian package."""
    file = config["Labels"]["namesmith.sbom"]
    read = "import sys; print(open(sys.argv[1]).read())"
    bill = json.loads(engine("run", "--rm", "--entrypoint=python3.11", IMAGE, "-c", read, file))
    listed = [one["purl"].partition("/")[0] for one in bill["components"]]
    paths = [Path(member.name) for member in contents]
    distributions = {path.name for path in paths if path.suffix == ".dist-info"}
    packages = {path for path in paths if path.parent.name == "status.d"}
    assert listed.count("pkg:pypi") + 1 == len(distributions)
    assert listed.count("pkg:deb") == len(packages)


def test_the_labels_say_where_the_image_comes_from(config: dict[str, Any]) -> None:
    """Version, revision, time of the source and base have their labels."""
    label = "org.opencontainers.image."
    told = {name: config["Labels"].get(label + name, "unknown") for name in LABELS}
    assert "unknown" not in told.values()
    assert config["Labels"].keys() >= {label + "source", label + "licenses"}


def test_the_image_declares_how_to_run_it(config: dict[str, Any]) -> None:
    """The image names its user, entry point, stop signal, port and licence."""
    assert config["User"] == "65532:65532"
    assert config["Entrypoint"] == ["namesmith-server"]
    assert config.get("StopSignal", "SIGTERM") in {"SIGTERM", "15"}
    assert list(config["ExposedPorts"]) == ["50051/tcp"]
    assert config["Labels"]["org.opencontainers.image.licenses"] == "MIT"
    assert "ORT_DISABLE_TELEMETRY=1" in config["Env"]
