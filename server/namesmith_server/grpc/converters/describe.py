"""From a served model to the messages that describe it: Model and DescribeModelResponse."""

from namesmith.v1 import models_pb2 as pb
from namesmith_server.engine import Description
from namesmith_server.grpc.catalog import ServedModel, ServedVersions


def model_message(served: ServedModel, versions: ServedVersions, *, default: bool) -> pb.Model:
    """Convert a version of a model, of which ``versions`` are served, to a message."""
    return pb.Model(
        name=served.name,
        version=served.version,
        backend=served.model.backend.name,
        device=served.model.backend.device,
        default=default,
        manifest=served.manifest,
        labels=versions.labels_of(served.version),
        served_versions=[one.version for one in versions.all],
    )


def describe_response(description: Description, served: ServedModel) -> pb.DescribeModelResponse:
    """Convert a description to a response."""
    statistics = description.statistics
    return pb.DescribeModelResponse(
        entropy_per_name=statistics.entropy,
        entropy_per_symbol=statistics.entropy_per_symbol,
        expected_length=statistics.expected_length,
        length_probabilities=statistics.length_probabilities.tolist(),
        training_probability=description.training_probability,
        training_names=description.training_names,
        perplexities=[
            pb.SplitPerplexity(split=split, perplexity=perplexity)
            for split, perplexity in description.perplexities.items()
        ],
        model=served.name,
        version=served.version,
    )
