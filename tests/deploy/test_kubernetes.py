"""The objects for a cluster: valid, restricted, and in agreement with the server's settings."""

import signal
import sys
from pathlib import Path
from typing import Any

import grpc
import kubernetes_validate
import pytest
import trustme
from grpc_health.v1.health_pb2 import HealthCheckRequest, HealthCheckResponse
from grpc_health.v1.health_pb2_grpc import HealthStub

from deployed import DEPLOY, documents, settings_of, tool
from namesmith_client import Client
from namesmith_client.cli import row_range
from namesmith_client.cli.commands import names as names_command
from namesmith_server.app.settings import CANCEL_GRACE, EMBEDDED
from processes import running

KUBERNETES = "1.37"
"""Version of the schemas that the objects are held to."""

CUSTOM = {"PodMonitor"}
"""Kinds that an operator adds to a cluster."""

FILES = sorted((DEPLOY / "kubernetes" / "base").glob("[!k]*.yaml"))
"""The objects of the base, before kustomize."""

SIZES = {"Mi": 1 << 20, "Gi": 1 << 30}
"""Bytes of the units of memory."""


def bytes_of(size: str) -> int:
    """Return the bytes of a size such as 512Mi."""
    return int(size[:-2]) * SIZES[size[-2:]]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_every_file_of_the_base_is_valid(file: Path) -> None:
    """Each object of the base follows the strict schema of its kind, without kustomize."""
    for made in documents(file.read_text()):
        kubernetes_validate.validate(made, KUBERNETES, strict=True)


def test_every_built_object_is_valid(cluster: list[dict[str, Any]]) -> None:
    """Each object that kustomize builds follows the strict schema of its kind."""
    for made in cluster:
        if made["kind"] not in CUSTOM:
            kubernetes_validate.validate(made, KUBERNETES, strict=True)


def test_the_parts_of_the_job_are_its_rows() -> None:
    """Each index writes a file of its own, and all together hold every row once."""
    job, claim = bulk()
    for made in (job, claim):
        kubernetes_validate.validate(made, KUBERNETES, strict=True)
    spec = job["spec"]
    (container,) = spec["template"]["spec"]["containers"]
    (volume, _) = container["volumeMounts"]
    rows, files = [], set()
    for index in range(spec["completions"]):
        arguments = [
            one.replace("$(JOB_COMPLETION_INDEX)", str(index)) for one in container["args"]
        ]
        given = names_command.generate.make_context("generate", arguments[1:], obj={}).params
        part = row_range.part_of(given["rows"], *given["part"])
        rows.append((part.start, part.stop))
        files.add(given["out"])
        assert given["out"].is_relative_to(volume["mountPath"])
    assert [end for _, end in rows[:-1]] == [first for first, _ in rows[1:]]
    assert (rows[0][0], rows[-1][1], len(files)) == (0, 10_000_000, 40)
    assert container["command"] == ["namesmith"]


def bulk() -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the job and its claim."""
    folder = DEPLOY / "kubernetes" / "bulk"
    (job,) = documents((folder / "job.yaml").read_text())
    (claim,) = documents((folder / "volume-claim.yaml").read_text())
    return job, claim


def test_the_variables_are_settings(
    variables: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server knows each variable of the ConfigMap and accepts its value."""
    assert settings_of(variables, monkeypatch).metrics_address == "0.0.0.0:9464"


def test_a_pod_has_time_to_drain(
    pod: dict[str, Any], variables: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The cluster kills a pod only after drain delay, grace and the last statuses."""
    given = settings_of(variables, monkeypatch)
    needed = given.drain_delay_seconds + given.grace_seconds + CANCEL_GRACE
    assert pod["spec"]["terminationGracePeriodSeconds"] > needed


def test_the_drain_delay_outlasts_the_readiness_probe(
    pod: dict[str, Any], variables: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A pod serves on for as long as it takes to be found NOT_SERVING once."""
    delay = settings_of(variables, monkeypatch).drain_delay_seconds
    assert delay >= pod["spec"]["containers"][0]["readinessProbe"]["periodSeconds"]


def test_a_pod_is_restricted(pod: dict[str, Any]) -> None:
    """No root, capability, writable root, token of the cluster or fixed user: any UID will do."""
    (container,) = pod["spec"]["containers"]
    inside, outside = container["securityContext"], pod["spec"]["securityContext"]
    assert inside["readOnlyRootFilesystem"]
    assert not inside["allowPrivilegeEscalation"]
    assert inside["capabilities"] == {"drop": ["ALL"]}
    assert outside["runAsNonRoot"]
    assert outside["seccompProfile"] == {"type": "RuntimeDefault"}
    assert not {"runAsUser", "runAsGroup", "fsGroup"} & (inside.keys() | outside.keys())
    assert not pod["spec"]["automountServiceAccountToken"]
    assert not pod["spec"]["enableServiceLinks"]


def test_what_is_mounted_cannot_be_written(pod: dict[str, Any]) -> None:
    """Models, certificates and tokens are mounted read-only; the admin socket's folder is not."""
    (container,) = pod["spec"]["containers"]
    written = [at["name"] for at in container["volumeMounts"] if not at.get("readOnly")]
    assert written == ["run"]


def test_the_memory_request_covers_the_server(pod: dict[str, Any]) -> None:
    """The server holds at most half of the limit, and a node keeps that free for it."""
    (container,) = pod["spec"]["containers"]
    resources = container["resources"]
    held = bytes_of(resources["limits"]["memory"]) // 2
    assert bytes_of(resources["requests"]["memory"]) >= held


def test_liveness_does_not_ask_for_models(pod: dict[str, Any]) -> None:
    """A server that is not ready is taken out of the endpoints and not restarted."""
    (container,) = pod["spec"]["containers"]
    assert container["livenessProbe"] != container["readinessProbe"]


def test_the_liveness_probes_service_is_serving_during_the_drain() -> None:
    """A server that drains tells NOT_SERVING of itself, and SERVING of its health service."""
    (deployment,) = documents((DEPLOY / "kubernetes" / "base" / "deployment.yaml").read_text())
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    alive = HealthCheckRequest(service=container["livenessProbe"]["grpc"]["service"])
    with (
        running("--drain-delay-seconds", "60", "--grace-seconds", "60") as server,
        Client(server.address) as client,
        grpc.insecure_channel(server.address) as channel,
        client.stream(10**9) as stream,
    ):
        next(iter(stream))  # a call in progress, which the drain waits for
        stub = HealthStub(channel)
        server.process.send_signal(signal.SIGTERM)
        while stub.Check(HealthCheckRequest()).status != HealthCheckResponse.NOT_SERVING:
            pass
        assert stub.Check(alive).status == HealthCheckResponse.SERVING


def test_everything_chooses_the_pods(cluster: list[dict[str, Any]], pod: dict[str, Any]) -> None:
    """Services, budget, policy and Deployment choose by labels that the pods have."""
    labels = pod["metadata"]["labels"].items()
    chosen = {}
    for made in cluster:
        specification = made.get("spec", {})
        selector = specification.get("selector") or specification.get("podSelector")
        if selector:
            chosen[made["kind"]] = selector.get("matchLabels", selector).items() <= labels
    assert chosen.keys() >= {"Deployment", "NetworkPolicy", "PodDisruptionBudget", "Service"}
    assert all(chosen.values())


def test_a_client_needs_one_label_alone(cluster: list[dict[str, Any]]) -> None:
    """The policy admits the pods with the client's label, in any namespace, and no other label."""
    (policy,) = (made for made in cluster if made["kind"] == "NetworkPolicy")
    calls = policy["spec"]["ingress"][0]["from"]
    assert calls == [
        {"namespaceSelector": {}, "podSelector": {"matchLabels": {"namesmith.client": "true"}}}
    ]


def test_the_probes_of_the_example_speak_its_tls(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the variables of the example, its readiness probe's command finds the server SERVING."""
    text = tool("kubectl", "kustomize", DEPLOY / "kubernetes" / "overlays" / "example")
    kinds = {made["kind"]: made for made in documents(text)}
    authority = trustme.CA()
    certificate = authority.issue_cert("namesmith")
    certificate.cert_chain_pems[0].write_to_path(tmp_path / "tls.crt")
    certificate.private_key_pem.write_to_path(tmp_path / "tls.key")
    authority.cert_pem.write_to_path(tmp_path / "ca.crt")
    (tmp_path / "tokens").write_text(f"team {'0' * 64}\n")
    here = {
        "/etc/namesmith/tls": str(tmp_path),
        "/etc/namesmith/tokens": str(tmp_path),
        "/run/namesmith": str(tmp_path),
        "/models": str(EMBEDDED),
        "0.0.0.0:9464": "127.0.0.1:0",
    }
    for name, value in kinds["ConfigMap"]["data"].items():
        at = next((there for there in here if there in value), "")
        monkeypatch.setenv(name, value.replace(at, here[at]) if at else value)
    (container,) = kinds["Deployment"]["spec"]["template"]["spec"]["containers"]
    program, *arguments = container["readinessProbe"]["exec"]["command"]
    with running() as server:
        monkeypatch.setenv("NAMESMITH_ADDRESS", server.address)
        answer = tool(Path(sys.executable).with_name(program), *arguments)
    assert answer == "SERVING\n"
