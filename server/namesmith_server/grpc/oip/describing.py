"""The models as the protocol describes them."""

from collections.abc import Iterator, Mapping, Sequence

from namesmith.version import VERSION
from namesmith_server.grpc.blends import Mixture
from namesmith_server.grpc.catalog import ServedModel
from namesmith_server.grpc.oip import inference_pb2 as pb
from namesmith_server.grpc.oip.datatypes import DATATYPES
from namesmith_server.grpc.oip.jobs import JOBS, Job
from namesmith_server.grpc.oip.target import name_of

PLATFORM = "namesmith"
"""Name of the program, of its platform and of its backend."""

EXTENSIONS = ("model_configuration", "parameters", "statistics")
"""Triton's names of the extensions that are served whole."""

Index = pb.RepositoryIndexResponse.ModelIndex
Metadata = pb.ModelMetadataResponse.TensorMetadata


def server_metadata() -> pb.ServerMetadataResponse:
    """Return the description of the server."""
    return pb.ServerMetadataResponse(name=PLATFORM, version=VERSION, extensions=EXTENSIONS)


def model_metadata(
    asked: ServedModel | Mixture, versions: Sequence[ServedModel], job: Job
) -> pb.ModelMetadataResponse:
    """Return the tensors of a job of a model, of which ``versions`` are served."""
    return pb.ModelMetadataResponse(
        name=name_of(asked, job),
        versions=[str(one.version) for one in versions],
        platform=PLATFORM,
        inputs=[
            Metadata(name=one.name, datatype=one.datatype, shape=[-1 if one.most else 1])
            for one in job.inputs
        ],
        outputs=[
            Metadata(name=one.name, datatype=one.datatype, shape=[one.size]) for one in job.outputs
        ],
    )


def model_config(asked: ServedModel | Mixture, job: Job) -> pb.ModelConfig:
    """Return the configuration of a job of a model."""
    return pb.ModelConfig(
        name=name_of(asked, job),
        platform=PLATFORM,
        backend=PLATFORM,
        input=[
            pb.ModelInput(
                name=one.name,
                data_type=DATATYPES[one.datatype].config,
                dims=[-1 if one.most else 1],
                optional=True,
            )
            for one in job.inputs
        ],
        output=[
            pb.ModelOutput(name=one.name, data_type=DATATYPES[one.datatype].config, dims=[one.size])
            for one in job.outputs
        ],
        model_transaction_policy=pb.ModelTransactionPolicy(decoupled=job.decoupled),
    )


def statistics(
    versions: Sequence[ServedModel], jobs: Sequence[Job]
) -> Iterator[pb.ModelStatistics]:
    """Yield an entry without figures for each job of each version."""
    for served in versions:
        for job in jobs:
            yield pb.ModelStatistics(name=name_of(served, job), version=str(served.version))


def index(
    versions: Sequence[ServedModel], health: Mapping[str, bool], *, ready: bool
) -> Iterator[Index]:
    """Yield an entry for each job of each version, and of each model without one.

    Args:
        versions: versions that are served.
        health: models, and whether each has a version that is served.
        ready: whether models without one are left out.
    """
    for served in versions:
        for job in JOBS:
            yield Index(name=name_of(served, job), version=str(served.version), state="READY")
    for name, is_well in health.items():
        if not (is_well or ready):
            yield Index(name=name, state="UNAVAILABLE", reason="no version can be served")
