"""ModelService: what is served."""

from namesmith.v1 import models_pb2 as pb
from namesmith.v1 import models_pb2_grpc
from namesmith_server.service.boundary import Context, answers
from namesmith_server.service.catalog import Catalog, Served


class ModelService(models_pb2_grpc.ModelServiceServicer):
    """Describes the models of a catalog."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    @answers
    async def GetModel(  # noqa: N802 - gRPC's name
        self, request: pb.GetModelRequest, _context: Context
    ) -> pb.GetModelResponse:
        """Describes one model."""
        return pb.GetModelResponse(model=self._described(self._catalog.get(request.model.name)))

    @answers
    async def ListModels(  # noqa: N802 - gRPC's name
        self, _request: pb.ListModelsRequest, _context: Context
    ) -> pb.ListModelsResponse:
        """Describes every model."""
        return pb.ListModelsResponse(models=map(self._described, self._catalog.all()))

    @answers
    async def DescribeModel(  # noqa: N802 - gRPC's name
        self, request: pb.DescribeModelRequest, _context: Context
    ) -> pb.DescribeModelResponse:
        """What a model believes of names as a whole."""
        served = self._catalog.get(request.model.name)
        found = await served.model.description()
        return pb.DescribeModelResponse(
            entropy_per_name=found.tendency.entropy,
            entropy_per_symbol=found.tendency.entropy_per_symbol,
            expected_length=found.tendency.expected_length,
            length_probabilities=found.tendency.lengths.tolist(),
            training_probability=found.training_probability,
            training_names=found.training_names,
            perplexities=[
                pb.SplitPerplexity(split=split, perplexity=perplexity)
                for split, perplexity in found.perplexities.items()
            ],
            model=served.name,
            version=served.version,
        )

    def _described(self, served: Served) -> pb.Model:
        return pb.Model(
            name=served.name,
            version=served.version,
            backend=served.model.backend.name,
            device=served.model.backend.device,
            default=self._catalog.is_default(served),
            manifest=served.manifest,
        )
