"""The reference to a model: NAME, NAME/VERSION, NAME@LABEL, or a blend of several."""

import grpc

from namesmith.blend import is_blend
from namesmith.v1 import names_pb2
from namesmith_client._messages import build
from namesmith_client.errors import ErrorDetails, FieldViolation, InvalidArgumentError

FORMS = "NAME, NAME/VERSION or NAME@LABEL is expected"

MAX_VERSION = 2**63 - 1
"""Largest version that the wire carries."""

MAX_QUOTED_CHARACTERS = 64
"""Largest number of characters of a refused text that the error message repeats."""


def model_ref(text: str) -> names_pb2.ModelRef | None:
    """Build the reference to a model.

    Args:
        text: NAME, the newest version of the model; NAME/VERSION; or NAME@LABEL. An empty name is
            the server's default model. A blend of several, such as ``us-names*0.6+fi/2*0.4``, is
            the server's to read.

    Returns:
        The reference; None for an empty text, which is the default model.

    Raises:
        InvalidArgumentError: the text is no such reference.
    """
    if not text:
        return None
    if is_blend(text):
        return build(names_pb2.ModelRef, "model.", name=text)
    name, at, label = text.partition("@")
    if at:
        if not label or "/" in text or "@" in label:
            raise _malformed(text)
        return build(names_pb2.ModelRef, "model.", name=name, label=label)
    name, slash, digits = text.partition("/")
    if not slash:
        return build(names_pb2.ModelRef, "model.", name=name)
    if not (digits.isascii() and digits.isdecimal() and len(digits) <= len(str(MAX_VERSION))):
        raise _malformed(text)
    version = int(digits)
    if not 1 <= version <= MAX_VERSION:
        raise _malformed(text)
    return build(names_pb2.ModelRef, "model.", name=name, version=version)


def reference_to(name: str, version: int) -> str:
    """Return the text that asks for the model of an answer again; version 0 is a blend's."""
    return f"{name}/{version}" if version else name


def _malformed(text: str) -> InvalidArgumentError:
    shown = repr(text[:MAX_QUOTED_CHARACTERS])
    violation = FieldViolation("model", f"{shown}: {FORMS}")
    details = ErrorDetails("INVALID_ARGUMENT", (violation,))
    message = f"{violation.field}: {violation.description}"
    return InvalidArgumentError(grpc.StatusCode.INVALID_ARGUMENT, message, details)
