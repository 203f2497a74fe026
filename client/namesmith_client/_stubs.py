"""The stubs of the services that the clients call, imported with the first connection."""

from typing import Any

import grpc

AnyChannel = grpc.Channel | grpc.aio.Channel


class Stubs:
    """The stubs of the services, on a blocking or an asynchronous channel."""

    def __init__(self, channel: AnyChannel, health_channel: AnyChannel) -> None:
        from grpc_health.v1 import health_pb2_grpc  # noqa: PLC0415 - programs may never connect

        from namesmith.v1 import (  # noqa: PLC0415 - likewise
            admin_pb2_grpc,
            models_pb2_grpc,
            names_pb2_grpc,
            server_pb2_grpc,
        )

        self.names = names_pb2_grpc.NameServiceStub(channel)
        self.models = models_pb2_grpc.ModelServiceStub(channel)
        self.admin = admin_pb2_grpc.AdminServiceStub(channel)
        self.server = server_pb2_grpc.ServerServiceStub(channel)
        # Its type stub has no methods.
        self.health: Any = health_pb2_grpc.HealthStub(health_channel)
