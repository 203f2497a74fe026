"""The comments of the wire contract repeat the constants of ``namesmith.limits``."""

import re
from pathlib import Path

import pytest

from bounds import faults
from namesmith import limits, manifest

FOLDER = Path(limits.__file__).parent / "v1"

MEMBER = re.compile(
    r"(?P<comment>(?:^ *//[^\n]*\n)+)^ *(?:(?P<kind>message|service|enum) )?(?P<name>[^\n]*)",
    re.MULTILINE,
)
"""A comment and the line that it documents."""

FIELD = re.compile(r"(?:rpc (\w+)|.*?(\w+) = \d+)")
"""The name of an RPC or of a field."""


def _power(number: int) -> str:
    """Write a power of two."""
    return f"2^{number.bit_length() - 1}"


DISTINCT = f"count of such a request is at most {limits.MAX_DISTINCT_NAMES}"
BUDGET = f"{limits.MAX_EXPANDED_PREFIXES} prefixes of"
SECRET = f"{limits.MIN_SECRET_BYTES} to {limits.MAX_SECRET_BYTES} bytes"
SECRET_NAME = f"at most {limits.MAX_SECRET_NAME_CHARACTERS} characters"
CAPACITY = (f"in [1, {_power(limits.MAX_CAPACITY)}]", f"unset: {limits.DEFAULT_CAPACITY}")
ROWS = (
    f"count is at most {_power(limits.MAX_ROW)}",
    f"count is at most {limits.MAX_STREAMED_NAMES}",
)
LABEL = f"{limits.MAX_DATA_LABEL_CHARACTERS}"
TRIED = f"{limits.MAX_DISTINCT_NAMES} names"
MARGIN = f"min_distance of 2 or {limits.MAX_MIN_DISTANCE}"
ASSUMED = f"{limits.ASSUMED_LOG_PROB_DIFFERENCE:.4f}"

BOUNDS: dict[str, tuple[str, ...]] = {
    "names.proto": (
        f"over {limits.MAX_MESSAGE_BYTES >> 20} MiB",
        f"metadata of over {limits.MAX_METADATA_BYTES >> 10} KiB",
        f"complete {limits.REQUEST_SECONDS} seconds after",
    ),
    "NameService.StreamNames": (f"for {limits.UNREAD_SECONDS} seconds at most",),
    "NameService.EvaluateNames": (f"complete {limits.NEXT_MESSAGE_SECONDS} seconds after",),
    "ModelRef.name": (
        f"At most {limits.MAX_MODEL_NAME_CHARACTERS} characters",
        f"blend of 2 to {limits.MAX_BLENDED_MODELS} served models",
        f"blend has at most {limits.MAX_BLEND_CHARACTERS} characters",
        "us-names/3*0.6",
    ),
    "ModelRef.label": (f"At most {limits.MAX_LABEL_CHARACTERS} characters",),
    "SetLabelRequest.label": (f"1 to {limits.MAX_LABEL_CHARACTERS} characters of", "a-z, 0-9,"),
    "Sampling.temperature": (f"In [0, {limits.MAX_TEMPERATURE}]",),
    "Constraint.min_length": (f"unset: {limits.DEFAULT_MIN_LENGTH}.",),
    "Constraint.max_length": (
        f"In [1, {limits.MAX_LENGTH}]",
        f"unset: {limits.DEFAULT_MAX_LENGTH}.",
    ),
    "Constraint.pattern": (
        f"at most {limits.MAX_PATTERN_CHARACTERS} characters",
        f"at most {limits.MAX_PATTERN_DEPTH} deep",
        f"repeated, are at most {limits.MAX_PATTERN_POSITIONS}",
    ),
    "Constraint.forbidden": (
        f"at most {limits.MAX_FORBIDDEN_NAMES} names",
        f"at most {limits.MAX_TEXT_CHARACTERS} characters each",
        f"and {limits.MAX_FORBIDDEN_CHARACTERS} characters together",
    ),
    "Constraint.excludes": (
        f"at most {limits.MAX_EXCLUDED_TEXTS} texts of",
        f"1 to {limits.MAX_EXCLUDED_TEXT_CHARACTERS} characters each",
        f"and {limits.MAX_EXCLUDED_CHARACTERS} characters together",
    ),
    "Constraint.starts_with_any": (f"at most {limits.MAX_ALTERNATIVES} texts",),
    "Constraint.ends_with_any": (f"at most {limits.MAX_ALTERNATIVES} texts",),
    "Constraint.min_distance": (
        f"In [0, {limits.MAX_MIN_DISTANCE}]",
        f"Of 2 and {limits.MAX_MIN_DISTANCE}, measures",
        "Levenshtein 1966",
    ),
    "GenerateNamesRequest.first_row": ROWS,
    "StreamNamesRequest.first_row": ROWS,
    "GenerateNamesResponse.acceptance_rate": (MARGIN,),
    "NameScore.plausibility": ("less probable than 99 in 100",),
    "MeasureConstraintResponse.names": (MARGIN,),
    "MeasureConstraintResponse.estimate": (MARGIN,),
    "NameKeysRequest.secret": (SECRET,),
    "NameKeysRequest.secret_name": (SECRET_NAME,),
    "NameKeysRequest.keys": (
        f"1 to {limits.MAX_NAMED_KEYS} keys of 0 to {limits.MAX_KEY_BYTES} bytes",
    ),
    "NameKeysRequest.numbers": (f"1 to {limits.MAX_NAMED_KEYS} numbers",),
    "NameKeysRequest.capacity": CAPACITY,
    "NameKeysResponse.bearable_keys": (f"At most {_power(limits.MAX_ROW)}",),
    "KeyOfNameRequest.secret": (SECRET,),
    "KeyOfNameRequest.secret_name": (SECRET_NAME,),
    "KeyOfNameRequest.names": (
        f"1 to {limits.MAX_NAMED_KEYS} names of 0 to {limits.MAX_TEXT_CHARACTERS} characters",
    ),
    "KeyOfNameRequest.capacity": CAPACITY,
    "ListModelsRequest.data_labels": (
        f"At most {limits.MAX_DATA_LABELS}, of at most {LABEL} characters",
    ),
    "ListModelsRequest.licence": (f"at most {limits.MAX_LICENCE_CHARACTERS} characters",),
    "Data.labels": (
        f"At most {limits.MAX_DATA_LABELS};",
        f"keys of 1 to {LABEL} characters",
        f"values of 1 to {LABEL} printable",
        "a-z, 0-9",
    ),
    "Data.source": (f"at most {limits.MAX_SOURCE_CHARACTERS} characters",),
    "GetServerResponse.excludes_sha256": ("64 lower-case hexadecimal digits",),
    "GenerateNamesRequest.count": (
        f"In [1, {limits.MAX_GENERATED_NAMES}]",
        f"({limits.DEFAULT_MAX_SYMBOLS} symbols",
    ),
    "GenerateNamesRequest.distinct": (DISTINCT,),
    "GenerateNamesResponse.gave_up": (
        f"after {limits.MAX_REJECTED_IN_A_ROW} candidates",
        f"{limits.MAX_DISTINCT_NAMES} distinct names of which",
    ),
    "StreamNamesRequest.count": (f"In [1, {limits.MAX_STREAMED_NAMES}]",),
    "StreamNamesRequest.distinct": (DISTINCT,),
    "ScoreNamesRequest.names": (
        f"1 to {limits.MAX_SCORED_NAMES} names",
        f"of 0 to {limits.MAX_TEXT_CHARACTERS} characters",
    ),
    "EvaluateNamesRequest.names": (
        f"0 to {limits.MAX_SCORED_NAMES} names",
        f"of 0 to {limits.MAX_TEXT_CHARACTERS} characters",
    ),
    "MeasureConstraintRequest.floor": (f"in [-{limits.MAX_FLOOR_NATS}, 0]",),
    "MeasureConstraintResponse.names_above_floor": (f"at most {limits.MAX_COUNTED_NAMES} are",),
    "MeasureConstraintResponse.budget_ended": (BUDGET, MARGIN, TRIED),
    "Estimate": ("in 95 % of questions",),
    "ListTopNamesResponse.budget_ended": (BUDGET, MARGIN, TRIED),
    "ListTopNamesRequest.count": (f"In [1, {limits.MAX_TOP_NAMES}]",),
    "ListTopNamesResponse": (f"agree to {limits.RANKED_DECIMALS} decimals",),
    "DescribeModelResponse.length_probabilities": (f"of 0 to {limits.MAX_LENGTH} characters",),
    "Manifest.format_version": (f"now {manifest.FORMAT_VERSION};",),
    "Manifest.model": (f"1 to {limits.MAX_MODEL_NAME_CHARACTERS} characters", "a-z, 0-9"),
    "Manifest.tools": ('"2.13.0"',),
    "Manifest.max_log_prob_difference": (
        "in float64",
        f"at most {limits.MAX_LOG_PROB_DIFFERENCE}.",
        f"{ASSUMED} is assumed",
    ),
    "Training.settings": ('"200000"',),
    "Teacher.settings": ('"200000"',),
}
"""The numbers of each comment, in words that are written from the constants.

A key is a file, a message or a field; a comment that is not listed holds no number above 1.
"""


def comments() -> dict[str, str]:
    """Read the comment of every file, service, message, RPC and field of the contract."""
    found: dict[str, str] = {}
    for path in sorted(FOLDER.glob("*.proto")):
        owner = ""
        for one in MEMBER.finditer(path.read_text("utf-8")):
            text = re.sub(r"^ *//", "", one["comment"], flags=re.MULTILINE)
            if one["kind"]:
                owner = one["name"].split()[0]
                found[owner] = text
            elif named := FIELD.match(one["name"].strip()):
                found[f"{owner}.{named[1] or named[2]}"] = text
            else:
                found[path.name] = text
    return found


COMMENTS = comments()


def test_every_field_has_a_comment() -> None:
    """The comments read are as many as the fields, calls and values that the files declare."""
    text = "".join(path.read_text("utf-8") for path in FOLDER.glob("*.proto"))
    declared = re.findall(
        r"^ +(?:rpc |(?:optional |repeated )?[\w<>, ]+ \w+ = |[A-Z_]+ = )", text, re.MULTILINE
    )
    assert len([name for name in COMMENTS if name.count(".") and "proto" not in name]) == len(
        declared
    )


def test_bounds_are_listed_for_comments_that_exist() -> None:
    """A renamed message or field takes its bounds along."""
    assert BOUNDS.keys() <= COMMENTS.keys()


@pytest.mark.parametrize("name", COMMENTS)
def test_a_comment_repeats_the_constants(name: str) -> None:
    """The comment holds each bound with its constant's value, and no other number."""
    assert faults(COMMENTS[name], BOUNDS.get(name, ())) == []
