"""The provenance of names: labels that describe them, their licence and their source."""

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression

from namesmith import provenance
from namesmith.quoting import quoted


class Provenance(NamedTuple):
    """Facts about names that nobody can read off them; they change no model.

    Attributes:
        labels: values by their keys, such as ``{"locale": "fi"}``.
        licence: SPDX licence expression; empty: not stated.
        source: http or https address, without a user; empty: not stated.
    """

    labels: Mapping[str, str]
    licence: str = ""
    source: str = ""


UNSTATED: Final = Provenance({})
"""The provenance of names of which nothing is stated."""


def read_labels(texts: Iterable[str]) -> dict[str, str]:
    """Read labels of the form KEY=VALUE.

    Raises:
        ValueError: a text is no label, a key stands twice, or there are too many labels.
    """
    labels: dict[str, str] = {}
    for text in texts:
        key, equals, value = text.partition("=")
        if not equals:
            raise ValueError(f"{quoted(text)} is not KEY=VALUE")
        for part, fault in (
            (f"the key {quoted(key)}", provenance.key_fault(key)),
            (f"the value {quoted(value)}", provenance.value_fault(value)),
        ):
            if fault:
                raise ValueError(f"{part} {fault}")
        if key in labels:
            raise ValueError(f"the key {quoted(key)} stands twice")
        labels[key] = value
    fault = provenance.labels_fault(labels)
    if fault:
        raise ValueError(fault)
    return labels


def read_licence(text: str) -> str:
    """Return a licence as SPDX writes it: "cc0-1.0" is "CC0-1.0".

    Raises:
        ValueError: the text is no SPDX licence expression.
    """
    try:
        licence = str(canonicalize_license_expression(text))
    except InvalidLicenseExpression:
        raise ValueError(
            f"{quoted(text)} is not an SPDX licence expression, such as CC0-1.0, MIT OR Apache-2.0"
            " or LicenseRef-own"
        ) from None
    fault = provenance.licence_fault(licence)
    if fault:
        raise ValueError(f"{quoted(licence)} {fault}")
    return licence


def read_source(text: str) -> str:
    """Return the address of a source.

    Raises:
        ValueError: the text is no http or https address, names a user, or is too long.
    """
    fault = provenance.source_fault(text)
    if fault:
        raise ValueError(f"{quoted(provenance.without_user(text))} {fault}")
    return text
