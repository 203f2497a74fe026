"""Blends in the fake, which has one model: a blend of it with itself is the model."""

from namesmith.blend import BlendError, BlendPart, parse_blend
from namesmith.v1.names_pb2 import ModelRef
from namesmith_client.errors import FieldViolation
from namesmith_client.testing._fake._refusals import (
    invalid,
    invalid_field,
    unknown_label,
    unknown_model,
    unknown_version,
)

FIELD = "model.name"


def check_blend(asked: ModelRef, model: str, version: int) -> None:
    """Refuse a blend that a server with one version of one model refuses.

    Raises:
        NamesmithError: a server would refuse the blend.
    """
    given = {"model.version": str(asked.version or ""), "model.label": asked.label}
    beside = "beside a blend, each part of which may name its own"
    wrong = [FieldViolation(field, f"{value} {beside}") for field, value in given.items() if value]
    if wrong:
        raise invalid(wrong)
    try:
        for part in parse_blend(asked.name):
            _check_part(part, model, version)
    except BlendError as error:
        raise invalid_field(FIELD, str(error)) from None


def _check_part(part: BlendPart, model: str, version: int) -> None:
    if part.name != model:
        raise unknown_model(part.name, model)
    if part.label:
        raise unknown_label(model, part.label, FIELD)
    if part.version > version:
        raise unknown_version(model, part.version, version, FIELD)
