"""The version that an operator asks for, among the versions that are there."""

from collections.abc import Mapping, Sequence

from namesmith.quoting import printable
from namesmith_server.app.models.plan import Version
from namesmith_server.app.models.planner import WHOLE
from namesmith_server.grpc import UnknownModelError, UnknownVersionError


def version_among(
    versions: Mapping[str, Sequence[int]],
    model: str,
    version: int,
    fault: str = "is unknown, there are",
) -> Version:
    """Return a version that is there; the newest of the model for ``WHOLE``.

    Args:
        versions: versions of each model, the newest first.
        model: name of the model.
        version: version, or ``WHOLE``.
        fault: words about a version that is not there, before the ones that are.

    Raises:
        UnknownModelError: the model has no version.
        UnknownVersionError: the model lacks the version.
    """
    there = versions.get(model, ())
    if not there:
        raise UnknownModelError(model, tuple(versions), "model")
    if version not in {WHOLE, *there}:
        message = f"version {version} of model {printable(model)} {fault} "
        message += ", ".join(map(str, there))
        raise UnknownVersionError("version", f"{model}/{version}", message)
    return model, version or there[0]
