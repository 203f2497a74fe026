"""gRPC reflection, by which tools learn the services: v1, and the older v1alpha, alike.

The two versions differ in the name of their package alone, so that one servicer answers both.
``grpcio-reflection`` has v1alpha, and finds no file by the name of a method, which both define.
"""

from typing import Any

import grpc
from google.protobuf.descriptor import FileDescriptor
from google.protobuf.descriptor_pb2 import FileDescriptorProto
from google.protobuf.descriptor_pool import Default, DescriptorPool
from grpc_reflection.v1alpha import reflection
from grpc_reflection.v1alpha.reflection_pb2 import (
    DESCRIPTOR,
    ServerReflectionRequest,
    ServerReflectionResponse,
)

OLD, NEW = "v1alpha", "v1"
"""The versions of reflection, as they stand in the names of their packages and files."""


def add_reflection(edge: Any, services: tuple[str, ...]) -> None:  # noqa: ANN401 - has of a server what generated code calls
    """Serve both versions of reflection.

    Args:
        edge: edge or server that the service is added to.
        services: full names of the services that are listed, reflection left out.
    """
    own = (reflection.SERVICE_NAME, _renewed(reflection.SERVICE_NAME))
    pool: Any = _Symbols()  # has of a pool what the servicer calls
    servicer = reflection.aio.ReflectionServicer((*services, *own), pool)
    handler = grpc.stream_stream_rpc_method_handler(
        servicer.ServerReflectionInfo,
        request_deserializer=ServerReflectionRequest.FromString,
        response_serializer=ServerReflectionResponse.SerializeToString,
    )
    for service in own:
        edge.add_registered_method_handlers(service, {"ServerReflectionInfo": handler})


class _Symbols:
    """The symbols of all files that are loaded, and those of reflection v1."""

    def __init__(self) -> None:
        file = FileDescriptorProto.FromString(DESCRIPTOR.serialized_pb)
        file.package, file.name = _renewed(file.package), _renewed(file.name)
        for field in (field for message in file.message_type for field in message.field):
            if field.type_name:
                field.type_name = _renewed(field.type_name)
        for method in (method for service in file.service for method in service.method):
            method.input_type = _renewed(method.input_type)
            method.output_type = _renewed(method.output_type)
        self._new = DescriptorPool()
        self._new.Add(file)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever a pool has
        return getattr(Default(), name)

    def FindFileByName(self, name: str) -> FileDescriptor:  # noqa: N802 - of a pool
        """Return the file of a name; raise KeyError where there is none."""
        return (self._new if name == _renewed(DESCRIPTOR.name) else Default()).FindFileByName(name)

    def FindFileContainingSymbol(self, symbol: str) -> FileDescriptor:  # noqa: N802 - of a pool
        """Return the file of a symbol, a method too; raise KeyError where there is none."""
        pool = self._new if symbol.startswith(f"{_renewed(DESCRIPTOR.package)}.") else Default()
        service, _, method = symbol.rpartition(".")
        try:
            return pool.FindFileContainingSymbol(symbol)
        except KeyError:
            found = pool.FindServiceByName(service)
            if method not in found.methods_by_name:
                raise
            return found.file


def _renewed(name: str) -> str:
    """Return the name of v1 for a name of v1alpha."""
    return name.replace(OLD, NEW)
