"""The errors of NameService, told in the words of a caller who sent tensors."""

from collections.abc import Iterator
from contextlib import contextmanager

from namesmith_server.engine import ConstraintError
from namesmith_server.grpc.errors import (
    InvalidArgumentError,
    UnknownModelError,
    UnknownVersionError,
    Violation,
)

FIELDS = {
    "model.name": "model_name",
    "model.version": "model_version",
    "model.label": "model_version",
}
"""Fields of a request of the protocol, by the paths of those that they stand for."""

PARENTS = ("sampling.", "constraint.")
"""Messages whose fields are inputs."""


@contextmanager
def told_by_inputs() -> Iterator[None]:
    """Have the errors of a block name the inputs of a request in place of NameService's fields."""
    try:
        yield
    except InvalidArgumentError as error:
        renamed = [Violation(_input(one.field), one.description) for one in error.violations]
        raise InvalidArgumentError(renamed) from None
    except ConstraintError as error:
        renamed = [Violation(_input(error.field), error.description)]
        raise InvalidArgumentError(renamed) from None
    except (UnknownModelError, UnknownVersionError) as error:
        error.field = _input(error.field)
        raise


def _input(field: str) -> str:
    for parent in PARENTS:
        field = field.removeprefix(parent)
    return FIELDS.get(field, field)
