"""Descriptions as messages: of served models, of their names, and of the server."""

from collections.abc import Mapping
from dataclasses import dataclass

from namesmith import limits
from namesmith.v1 import models_pb2 as pb
from namesmith.v1 import server_pb2
from namesmith.v1.manifest_pb2 import Data
from namesmith.version import VERSION
from namesmith_server.engine import Admission, Description
from namesmith_server.grpc.catalog import ServedModel, ServedVersions
from namesmith_server.grpc.converters.generate import CostLimits
from namesmith_server.grpc.converters.lexicon import ExcludedTexts
from namesmith_server.grpc.converters.validator import Validator


@dataclass(frozen=True)
class DataFilter:
    """A filter by the data of models.

    Attributes:
        labels: labels that the data must have, each with this value.
        licence: licence that the data must have, in lower or upper case; empty: any, or none.
    """

    labels: Mapping[str, str]
    licence: str

    def admits(self, data: Data) -> bool:
        """Tell whether data has all labels and the licence."""
        is_licensed = not self.licence or data.licence.casefold() == self.licence.casefold()
        return is_licensed and self.labels.items() <= dict(data.labels).items()


def parse_list(request: pb.ListModelsRequest) -> DataFilter:
    """Convert a ListModelsRequest.

    Raises:
        InvalidArgumentError: fields are out of bounds; the error holds all of them.
    """
    validator = Validator()
    labels, most = dict(request.data_labels), limits.MAX_DATA_LABEL_CHARACTERS
    validator.require(
        len(labels) <= limits.MAX_DATA_LABELS,
        "data_labels",
        f"{len(labels)} labels, at most {limits.MAX_DATA_LABELS} are allowed",
    )
    longest = max(map(len, (*labels, *labels.values())), default=0)
    validator.require(
        longest <= most,
        "data_labels",
        f"a key or a value of {longest} characters, at most {most} are allowed",
    )
    validator.require(
        len(request.licence) <= limits.MAX_LICENCE_CHARACTERS,
        "licence",
        f"{len(request.licence)} characters, at most {limits.MAX_LICENCE_CHARACTERS} are allowed",
    )
    validator.raise_if_invalid()
    return DataFilter(labels, request.licence)


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


def server_response(
    cost_limits: CostLimits, admission: Admission, excluded: ExcludedTexts
) -> server_pb2.GetServerResponse:
    """Return the description of a server with these bounds and these excluded texts."""
    return server_pb2.GetServerResponse(
        version=VERSION,
        max_symbols=cost_limits.symbols,
        max_names=admission.limit,
        max_message_bytes=limits.MAX_MESSAGE_BYTES,
        excludes_sha256=excluded.sha256,
    )
