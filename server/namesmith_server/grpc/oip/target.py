"""The model and the job that a name of the protocol stands for."""

from typing import NamedTuple

from namesmith.v1.names_pb2 import ModelRef
from namesmith_server.engine import shown
from namesmith_server.grpc.blends import Mixture
from namesmith_server.grpc.catalog import Catalog, ServedModel
from namesmith_server.grpc.errors import InvalidArgumentError, Violation
from namesmith_server.grpc.oip.jobs import JOBS, Job

MAX_VERSION = (1 << 63) - 1
"""Largest version."""


class Target(NamedTuple):
    """The model and the job that a request asks.

    Attributes:
        model: the model, as NameService is asked for it.
        job: the job.
    """

    model: ModelRef
    job: Job


def target_of(catalog: Catalog, name: str, version: str) -> Target:
    """Return the target of a name and a version, whether or not the model is served.

    A model that is served by the whole name comes before a job of a shorter one.

    Raises:
        InvalidArgumentError: the version is a number that no version has.
    """
    jobs = {job.suffix: job for job in JOBS}
    base, _, suffix = name.rpartition(".")
    if not suffix or suffix not in jobs or not base or catalog.versions(name).all:
        base, suffix = name, ""
    return Target(_reference(base, version), jobs[suffix])


def name_of(served: ServedModel | Mixture, job: Job) -> str:
    """Return the name of a job of a model in the protocol."""
    return f"{served.name}.{job.suffix}" if job.suffix else served.name


def _reference(name: str, version: str) -> ModelRef:
    """Return the reference to a version, which is a number or a label."""
    if not (version.isascii() and version.isdecimal()):
        return ModelRef(name=name, label=version)
    number = int(version) if len(version) <= len(str(MAX_VERSION)) else MAX_VERSION + 1
    if not 1 <= number <= MAX_VERSION:
        told = f"{shown(version)} is not in [1, {MAX_VERSION}]"
        raise InvalidArgumentError([Violation("model_version", told)])
    return ModelRef(name=name, version=number)
