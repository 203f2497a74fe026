"""The manifest's bound on the difference of two exported forms, in log-probability."""

import math
from typing import Any

import pytest

from namesmith import manifest as manifest_json
from namesmith.limits import ASSUMED_LOG_PROB_DIFFERENCE, MAX_LOG_PROB_DIFFERENCE
from namesmith.manifest import LEAST_FORM_DIFFERENCE, ManifestError, log_prob_difference_bound
from namesmith.v1.manifest_pb2 import Data, Manifest


def manifest_with(difference: float) -> Manifest:
    """Return a small valid manifest that records a difference, in nats."""
    message = Manifest(format_version=1, model="tiny", version=1)
    message.vocabulary.symbols.extend(".aimn")
    message.architecture.block_size = 2
    message.max_log_prob_difference = difference
    return message


def test_a_manifest_without_a_difference_gets_the_one_that_is_assumed() -> None:
    """Each of two forms may be 1e-4 nats from the network, so that they are 2e-4 apart."""
    unset = manifest_with(0)
    assert b"max_log_prob_difference" not in manifest_json.dumps(unset)
    read = manifest_json.loads(manifest_json.dumps(unset))
    assert log_prob_difference_bound(read) == 2 * ASSUMED_LOG_PROB_DIFFERENCE == 2e-4


def test_the_forms_of_a_chain_that_records_no_difference_have_none() -> None:
    """The bound is rounding alone: the forms look up the same numbers."""
    message = manifest_with(0)
    message.chain.states = 7
    assert log_prob_difference_bound(message) == 2 * LEAST_FORM_DIFFERENCE == 2e-5


@pytest.mark.parametrize(
    ("recorded", "bound"),
    [
        (1e-9, 2e-5),  # rounding in float32 alone
        (1e-6, 2e-5),
        (2e-6, 3.2e-5),
        (1.25e-5, 2e-4),
        (1e-4, 1.6e-3),
        (MAX_LOG_PROB_DIFFERENCE, 1.6),
    ],
)
def test_the_bound_is_sixteen_times_the_recorded_difference(recorded: float, bound: float) -> None:
    """Two forms, each eight times the difference from the network; at least 2e-5."""
    read = manifest_json.loads(manifest_json.dumps(manifest_with(recorded)))
    assert read.max_log_prob_difference == recorded
    assert log_prob_difference_bound(read) == pytest.approx(bound, rel=1e-12)


@pytest.mark.parametrize("recorded", [-1e-9, -math.inf, 0.10001, 1.0, math.inf, math.nan])
def test_a_difference_out_of_range_is_refused(recorded: float) -> None:
    """The message names the field, the value and the bounds."""
    raw = manifest_json.dumps(manifest_with(recorded))
    with pytest.raises(ManifestError) as caught:
        manifest_json.loads(raw)
    assert str(caught.value) == f"max_log_prob_difference: {recorded} is not in [0, 0.1]"


@pytest.mark.parametrize(
    ("field", "data"),
    [
        ("data.labels: the key 'Locale' is", {"labels": {"Locale": "fi"}}),
        ("data.labels: the value '' is", {"labels": {"locale": ""}}),
        ("data.labels: the value 'a\\nb' is", {"labels": {"locale": "a\nb"}}),
        ("data.labels: 17 labels", {"labels": {str(i): "x" for i in range(17)}}),
        ("data.licence: 'CC0;' is", {"licence": "CC0;"}),
        ("data.source: 'file:///x' is", {"source": "file:///x"}),
        ("data.source: 'https://", {"source": "https://example.org/" + "x" * 1_024}),
        ("data.source: 'https://...@b' holds a user", {"source": "https://anna:private@b"}),
    ],
)
def test_labels_licence_and_source_are_held_to_their_bounds(
    field: str, data: dict[str, Any]
) -> None:
    """The message names the field and the value."""
    message = manifest_with(0)
    message.data.MergeFrom(Data(**data))
    with pytest.raises(ManifestError) as caught:
        manifest_json.loads(manifest_json.dumps(message))
    assert str(caught.value).startswith(field)


def test_data_that_states_nothing_has_no_new_fields() -> None:
    """Manifests of before are written as they were."""
    message = manifest_with(0)
    message.data.name = "own"
    assert b'"labels"' not in manifest_json.dumps(message)
    stated = Data(labels={"locale": "fi"}, licence="CC0-1.0", source="HTTPS://example.org/@a")
    message.data.MergeFrom(stated)
    assert manifest_json.loads(manifest_json.dumps(message)).data == message.data
