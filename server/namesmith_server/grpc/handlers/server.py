"""ServerService: describes the server itself."""

from namesmith.v1 import server_pb2 as pb
from namesmith.v1 import server_pb2_grpc
from namesmith_server.engine import Admission
from namesmith_server.grpc.cancellation import Context
from namesmith_server.grpc.converters import CostLimits, ExcludedTexts, describe


class ServerService(server_pb2_grpc.ServerServiceServicer):
    """The service that describes a server, from its first moment on."""

    def __init__(
        self, cost_limits: CostLimits, admission: Admission, excluded: ExcludedTexts
    ) -> None:
        """Set the cost of a unary call, the bound on the names in work, and the excluded texts."""
        self._response = describe.server_response(cost_limits, admission, excluded)

    async def GetServer(  # noqa: N802 - gRPC's name
        self, _message: pb.GetServerRequest, _context: Context
    ) -> pb.GetServerResponse:
        """Describe the server."""
        return self._response
