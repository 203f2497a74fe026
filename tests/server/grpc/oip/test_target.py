"""Names and versions of the protocol: which model and which job they stand for."""

from typing import cast

import pytest

from namesmith.v1.manifest_pb2 import Manifest
from namesmith.v1.names_pb2 import ModelRef
from namesmith_server.engine import Model
from namesmith_server.grpc import Catalog, InvalidArgumentError, ServedModel
from namesmith_server.grpc.oip.target import target_of


@pytest.fixture
def catalog() -> Catalog:
    """Provide the catalog of models of which one has the name of another one's job."""
    filled = Catalog()
    names = ("a", "a.score", "b.c")
    nobody = cast("Model", None)  # no call reaches it
    filled.fill([ServedModel(name, 1, nobody, Manifest()) for name in names], "a")
    return filled


@pytest.mark.parametrize(
    ("name", "model", "suffix"),
    [
        ("a", "a", ""),
        ("a.evaluate", "a", "evaluate"),
        ("a.score", "a.score", ""),
        ("a.score.score", "a.score", "score"),
        ("b.c", "b.c", ""),
        ("b.c.score", "b.c", "score"),
        ("b.d", "b.d", ""),
        ("a.", "a.", ""),
        (".score", ".score", ""),
        ("", "", ""),
    ],
)
def test_a_name_stands_for_a_model_and_a_job(
    catalog: Catalog, name: str, model: str, suffix: str
) -> None:
    """A model that is served by the whole name comes first, dots or not."""
    target = target_of(catalog, name, "")
    assert (target.model.name, target.job.suffix) == (model, suffix)


@pytest.mark.parametrize(
    ("version", "reference"),
    [
        ("", ModelRef(name="a")),
        ("3", ModelRef(name="a", version=3)),
        ("003", ModelRef(name="a", version=3)),
        ("stable", ModelRef(name="a", label="stable")),
        ("٣", ModelRef(name="a", label="٣")),
        ("-1", ModelRef(name="a", label="-1")),
    ],
)
def test_a_version_is_a_number_or_a_label(
    catalog: Catalog, version: str, reference: ModelRef
) -> None:
    """Digits are a number, everything else is a label."""
    assert target_of(catalog, "a", version).model == reference


@pytest.mark.parametrize("version", ["0", "9223372036854775808", "9" * 9_000])
def test_a_number_that_no_version_has_is_refused(catalog: Catalog, version: str) -> None:
    """In a few words, however long it is."""
    with pytest.raises(InvalidArgumentError, match=r"^model_version: .* is not in \[1, ") as caught:
        target_of(catalog, "a", version)
    assert len(str(caught.value)) < 300
