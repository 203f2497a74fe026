"""References to models: NAME, NAME/VERSION, NAME@LABEL and blends."""

import pytest

from namesmith.v1.names_pb2 import ModelRef
from namesmith_client import InvalidArgumentError
from namesmith_client._model_reference import model_ref


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", None),
        ("us-names", ModelRef(name="us-names")),
        ("us-names/3", ModelRef(name="us-names", version=3)),
        ("us-names@stable", ModelRef(name="us-names", label="stable")),
        ("/3", ModelRef(version=3)),
        ("@stable", ModelRef(label="stable")),
        ("a/3*0.6+b@stable*.4", ModelRef(name="a/3*0.6+b@stable*.4")),
        ("a+", ModelRef(name="a+")),
    ],
)
def test_a_reference_names_a_model_a_version_or_a_label(
    text: str, expected: ModelRef | None
) -> None:
    """Without a name it is the default model; a blend is the server's to read."""
    assert model_ref(text) == expected


@pytest.mark.parametrize(
    "text", ["a/", "a/0", "a/-1", "a/x", "a/1@b", "a@", "a@b@c", "a@b/1", "a/1/2", f"a/{2**63}"]
)
def test_a_malformed_reference_is_refused_with_the_forms(text: str) -> None:
    """The field, the text and the three forms are told."""
    with pytest.raises(InvalidArgumentError) as caught:
        model_ref(text)
    expected = f"model: {text!r}: NAME, NAME/VERSION or NAME@LABEL is expected"
    assert str(caught.value) == expected
    assert caught.value.violations[0].field == "model"
