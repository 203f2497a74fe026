"""The bounds of each caller, with real servers and clients."""

from pathlib import Path

import grpc
import pytest
import trustme
from google.rpc import error_details_pb2, status_pb2

import hostile
from certificates import NAME, chain_of, key_of, write_pair
from namesmith.v1 import names_pb2_grpc
from namesmith.v1.names_pb2 import StreamNamesRequest
from namesmith_client import TLS, Client, ResourceExhaustedError
from processes import running
from tokens import bearing, write_tokens


def served(client: Client, calls: int) -> int:
    """Return how many of a number of calls are not refused."""
    count = 0
    for _ in range(calls):
        try:
            client.generate(1)
            count += 1
        except ResourceExhaustedError as error:
            assert error.retry_delay is not None  # noqa: PT017 - each refusal tells it
    return count


def test_a_caller_beyond_its_rate_is_refused_and_the_others_are_not(tmp_path: Path) -> None:
    """Each caller has its own bucket, however many connections it has; health is not counted."""
    path = write_tokens(tmp_path / "tokens", alice="a", bob="b")
    with running("--tokens-file", path, "--max-caller-rate", "0.1") as server:
        with (
            Client(server.address, token="a", retry=None) as one,
            Client(server.address, token="a", retry=None) as two,
        ):
            assert served(one, 20) + served(two, 20) == 1
            assert one.health() == "SERVING"
        with Client(server.address, token="b", retry=None) as client:
            assert served(client, 20) == 1


def test_a_call_beyond_the_rate_is_refused_before_its_message() -> None:
    """Without tokens a caller is an address; the status tells when to try again."""
    with running("--max-caller-rate", "0.1") as server:
        with hostile.connect(server.address) as caller:
            assert caller.read(caller.call("namesmith.v1.ModelService/ListModels", b"")).ended
        with hostile.connect(server.address) as caller:
            answer = caller.read(caller.call("namesmith.v1.NameService/GenerateNames"))
            assert answer.status == "RESOURCE_EXHAUSTED"
            kinds = [one.TypeName() for one in answer.details.details]
            assert kinds == ["google.rpc.ErrorInfo", "google.rpc.RetryInfo"]


def test_the_subject_of_a_certificate_is_a_caller(tmp_path: Path) -> None:
    """Two certificates with one name are one caller."""
    authority = trustme.CA()
    pair = write_pair(tmp_path, authority.issue_cert(NAME))
    authority.cert_pem.write_to_path(tmp_path / "clients.pem")
    options = ("--tls-client-ca", tmp_path / "clients.pem", "--max-caller-rate", "0.1")
    counts = []
    with running(*pair, *options) as server:
        for name in ("a.example", "a.example", "b.example"):
            own = authority.issue_cert(name)
            tls = TLS(authority.cert_pem.bytes(), NAME, chain_of(own), key_of(own))
            with Client(server.address, tls=tls, retry=None) as client:
                counts.append(served(client, 5))
    assert counts == [1, 0, 1]


@pytest.mark.parametrize("arrangement", ["tokens", "addresses"])
def test_the_names_in_work_of_a_caller_are_bounded_over_its_connections(
    tmp_path: Path, arrangement: str
) -> None:
    """Streams that are open on many connections count together."""
    options: tuple[str | Path, ...] = ("--max-caller-names", "1024")
    if arrangement == "tokens":
        options = (*options, "--tokens-file", write_tokens(tmp_path / "t", alice="a", bob="b"))
    with running(*options) as server:
        channels = [
            grpc.insecure_channel(server.address, (("grpc.use_local_subchannel_pool", 1),))
            for _ in range(3)
        ]
        stubs = [names_pb2_grpc.NameServiceStub(channel) for channel in channels]
        request = StreamNamesRequest(count=10_000_000)
        streams = [
            stub.StreamNames(request, timeout=60, metadata=bearing("a")) for stub in stubs[:2]
        ]
        for stream in streams:
            next(stream)
        with pytest.raises(grpc.RpcError) as caught:
            next(stubs[2].StreamNames(request, timeout=60, metadata=bearing("a")))
        assert caught.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
        trailing = dict(caught.value.trailing_metadata())
        status = status_pb2.Status.FromString(trailing["grpc-status-details-bin"])
        assert "this caller has 1024 in work, a caller has at most 1024" in status.message
        assert status.details[1].Is(error_details_pb2.RetryInfo.DESCRIPTOR)
        if arrangement == "tokens":  # another caller has room
            assert next(stubs[2].StreamNames(request, timeout=60, metadata=bearing("b"))).names
        for channel in channels:
            channel.close()
