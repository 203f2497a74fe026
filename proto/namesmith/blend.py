"""A blend in a model's place: ``us-names*0.6+fi@stable*0.4``, read and written.

    blend  = part ("+" part)+
    part   = NAME ["/" VERSION | "@" LABEL] ["*" WEIGHT]
    WEIGHT = a decimal number above 0, such as 2, 0.6 or 5e-2; an unset one is 1

Weights are read exactly and divided by their sum; each share then counts to nine decimals, so that
the canonical text of a blend is read as the same blend. Knows text and numbers, and no models.
"""

import re
from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import NamedTuple

from namesmith.limits import MAX_BLEND_CHARACTERS, MAX_BLENDED_MODELS
from namesmith.quoting import shown

WHOLE = 10**9
"""Sum of the shares of a blend, which are integers."""

LEAST_SHARE = 1_000
"""Least share of a part: a millionth of the whole."""

MAX_VERSION = 2**63 - 1
"""Largest version of a model."""

WEIGHT = re.compile(r"([0-9]{1,24}(\.[0-9]{0,24})?|\.[0-9]{1,24})(e-?[0-9]{1,2})?", re.IGNORECASE)
"""Pattern of a weight."""

PART = re.compile(r"([^/@*+]+)(?:/([0-9]{1,19})|@([^/@*+]+))?(?:\*([^*+]+))?")
"""Pattern of a part."""

FORMS = "NAME*WEIGHT, NAME/VERSION*WEIGHT or NAME@LABEL*WEIGHT is expected, joined by +"


class BlendError(ValueError):
    """A text that is no blend; the message says which part of it is at fault."""


class BlendPart(NamedTuple):
    """A part of a blend, as it was written.

    Attributes:
        name: name of the model.
        version: version of the model, >= 1; 0: that of the label, or the newest.
        label: label of the version; empty: none.
        weight: weight, > 0.
    """

    name: str
    version: int
    label: str
    weight: Fraction


def is_blend(name: str) -> bool:
    """Tell whether a text is meant as a blend: no model's name has these characters."""
    return "*" in name or "+" in name


def parse_blend(text: str) -> tuple[BlendPart, ...]:
    """Return the parts of a blend, 2 to MAX_BLENDED_MODELS, in the order in which they stand.

    Raises:
        BlendError: the text is no blend.
    """
    if len(text) > MAX_BLEND_CHARACTERS:
        allowed = f"at most {MAX_BLEND_CHARACTERS} are allowed in a blend of models"
        raise BlendError(f"{len(text)} characters, {allowed}")
    parts = text.split("+")
    if not 2 <= len(parts) <= MAX_BLENDED_MODELS:
        raise BlendError(
            f"{shown(text)}: {len(parts)} part{'s' if len(parts) != 1 else ''}, a blend has 2 to"
            f" {MAX_BLENDED_MODELS}"
        )
    return tuple(map(_part, parts))


def shares_of(weights: Sequence[Fraction], names: Sequence[str] = ()) -> tuple[int, ...]:
    """Return the share of each weight, integers whose sum is ``WHOLE``.

    A share is rounded down; the units that are left go to the largest remainders, of equal ones to
    the first. An error names the part by its place in ``names``, where they are given.

    Raises:
        BlendError: a share is below ``LEAST_SHARE``.
    """
    total = sum(weights)
    exact = [weight * WHOLE / total for weight in weights]
    shares = [int(share) for share in exact]
    places = sorted(range(len(shares)), key=lambda place: shares[place] - exact[place])
    for place in places[: WHOLE - sum(shares)]:
        shares[place] += 1
    for place, (weight, share) in enumerate(zip(weights, shares, strict=True)):
        if share < LEAST_SHARE:
            part = f"{shown(names[place])}: " if names else ""
            raise BlendError(
                f"{part}weight {float(weight):g} is {float(weight / total):.3g} of the sum,"
                f" at least {LEAST_SHARE / WHOLE:g} is allowed"
            )
    return tuple(shares)


def blend_text(parts: Iterable[tuple[str, int, int]]) -> str:
    """Return the canonical text of parts, each a model's name, its version and its share."""
    return "+".join(f"{name}/{version}*{_decimal(share)}" for name, version, share in parts)


def _part(text: str) -> BlendPart:
    match = PART.fullmatch(text)
    if match is None:
        raise BlendError(f"{shown(text)}: {FORMS}")
    name, version, label, weight = match.groups()
    number = int(version) if version else 0
    if version and not 1 <= number <= MAX_VERSION:
        raise BlendError(f"{shown(text)}: version {version} is not in [1, {MAX_VERSION}]")
    return BlendPart(name, number, label or "", _weight(text, weight or "1"))


def _weight(text: str, weight: str) -> Fraction:
    value = Fraction(weight) if WEIGHT.fullmatch(weight) else Fraction(0)
    if not value:
        raise BlendError(
            f"{shown(text)}: weight {shown(weight)} is not a decimal number above 0, such as 0.6"
        )
    return value


def _decimal(share: int) -> str:
    """Return a share in (0, WHOLE) as a decimal of at most nine digits."""
    return f"0.{share:09d}".rstrip("0")
