"""ModelService: describes the models that are served."""

from namesmith.v1 import models_pb2 as pb
from namesmith.v1 import models_pb2_grpc
from namesmith_server.grpc.blends import Blends
from namesmith_server.grpc.call_record import current_record
from namesmith_server.grpc.cancellation import Context
from namesmith_server.grpc.catalog import Catalog, ServedModel
from namesmith_server.grpc.converters import describe


class ModelService(models_pb2_grpc.ModelServiceServicer):
    """The service that describes the models of a catalog."""

    def __init__(self, catalog: Catalog, blends: Blends) -> None:
        self._catalog = catalog
        self._blends = blends

    async def GetModel(  # noqa: N802 - gRPC's name
        self, message: pb.GetModelRequest, _context: Context
    ) -> pb.GetModelResponse:
        """Describe one model."""
        return pb.GetModelResponse(model=self._message(self._catalog.get(message.model)))

    async def ListModels(  # noqa: N802 - gRPC's name
        self, message: pb.ListModelsRequest, _context: Context
    ) -> pb.ListModelsResponse:
        """Describe the versions that a filter leaves, of each model the newest first."""
        asked = describe.parse_list(message)
        left = [one for one in self._catalog.all() if asked.admits(one.manifest.data)]
        return pb.ListModelsResponse(models=map(self._message, left))

    async def DescribeModel(  # noqa: N802 - gRPC's name
        self, message: pb.DescribeModelRequest, context: Context
    ) -> pb.DescribeModelResponse:
        """Answer with statistics of all names that a model or a blend can generate."""
        served = await self._blends.get(message.model, context)
        current_record().note_answer(served.name, served.version)
        return describe.describe_response(await served.model.description(), served)

    def _message(self, served: ServedModel) -> pb.Model:
        versions, default = self._catalog.versions(served.name), self._catalog.is_default(served)
        return describe.model_message(served, versions, default=default)
