"""gRPC reflection, as tools such as grpcurl ask for it: both versions, every kind of symbol."""

from collections.abc import Iterator

import grpc
import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorProto
from grpc_reflection.v1alpha.reflection_pb2 import ServerReflectionRequest, ServerReflectionResponse

from namesmith_server.grpc import SERVICES
from processes import running

VERSIONS = ("v1", "v1alpha")

SYMBOLS = {
    "namesmith.v1.NameService": "namesmith/v1/names.proto",
    "namesmith.v1.NameService.GenerateNames": "namesmith/v1/names.proto",
    "namesmith.v1.GenerateNamesRequest": "namesmith/v1/names.proto",
    "namesmith.v1.Sampling.top_p": "namesmith/v1/names.proto",
    "namesmith.v1.ServerService.GetServer": "namesmith/v1/server.proto",
    "grpc.health.v1.Health.Check": "grpc_health/v1/health.proto",
    "grpc.reflection.v1.ServerReflection": "grpc_reflection/v1/reflection.proto",
    "grpc.reflection.v1.ServerReflection.ServerReflectionInfo": (
        "grpc_reflection/v1/reflection.proto"
    ),
    "grpc.reflection.v1.ServerReflectionRequest": "grpc_reflection/v1/reflection.proto",
    "grpc.reflection.v1alpha.ServerReflection": "grpc_reflection/v1alpha/reflection.proto",
}
"""Symbols, and the file that declares each."""

UNKNOWN = ("namesmith.v1.NameService.Nothing", "namesmith.v1.Nothing", "nothing", "", ".", "a.b.c")
"""Symbols that nothing has."""


@pytest.fixture(scope="module")
def channel() -> Iterator[grpc.Channel]:
    """Connect to a server process that offers reflection."""
    with running("--reflection") as server, grpc.insecure_channel(server.address) as channel:
        yield channel


def asked(channel: grpc.Channel, version: str, **question: str) -> ServerReflectionResponse:
    """Ask one question of reflection."""
    call = channel.stream_stream(
        f"/grpc.reflection.{version}.ServerReflection/ServerReflectionInfo",
        ServerReflectionRequest.SerializeToString,
        ServerReflectionResponse.FromString,
    )
    (answer,) = call(iter([ServerReflectionRequest(**question)]), timeout=30)  # type: ignore[arg-type]
    return answer


def files(answer: ServerReflectionResponse) -> list[FileDescriptorProto]:
    """Return the files of an answer."""
    raw = answer.file_descriptor_response.file_descriptor_proto
    return [FileDescriptorProto.FromString(one) for one in raw]


@pytest.mark.parametrize("version", VERSIONS)
def test_both_versions_list_every_service(channel: grpc.Channel, version: str) -> None:
    """The project's services, health and both versions of reflection."""
    listed = asked(channel, version, list_services="*").list_services_response.service
    own = {f"grpc.reflection.{one}.ServerReflection" for one in VERSIONS}
    assert {one.name for one in listed} >= {*SERVICES, "grpc.health.v1.Health", *own}


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(("symbol", "file"), SYMBOLS.items())
def test_the_file_of_a_symbol_is_found(
    channel: grpc.Channel, version: str, symbol: str, file: str
) -> None:
    """Services, methods, messages and fields; the answer holds the files that the file imports."""
    found = files(asked(channel, version, file_containing_symbol=symbol))
    names = {one.name for one in found}
    assert file in names
    assert names.issuperset(needed for one in found for needed in one.dependency)
    assert files(asked(channel, version, file_by_filename=file)) == found


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("symbol", UNKNOWN)
def test_an_unknown_symbol_is_not_found(channel: grpc.Channel, version: str, symbol: str) -> None:
    """The answer is an error of the question, and the stream goes on."""
    answer = asked(channel, version, file_containing_symbol=symbol)
    assert answer.error_response.error_code == grpc.StatusCode.NOT_FOUND.value[0]


@pytest.mark.parametrize("version", VERSIONS)
def test_without_the_option_there_is_no_reflection(version: str) -> None:
    """The service is UNIMPLEMENTED unless an operator asks for it."""
    with running() as server, grpc.insecure_channel(server.address) as channel:
        with pytest.raises(grpc.RpcError) as caught:
            asked(channel, version, list_services="*")
        assert caught.value.code() is grpc.StatusCode.UNIMPLEMENTED
