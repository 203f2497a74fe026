"""The sum of several processes' samples."""

from namesmith_server.app.observability.samples import Samples, lasting, merged

FIRST: Samples = {
    "namesmith_refusals_total": {("TOO_RARE",): 2, ("OVERLOADED",): 1},
    "namesmith_batch_size": {(): [1, 2, 0, 7.0]},
    "namesmith_names_in_work": {(): 5},
    "namesmith_model_info": {("us-names", "1", "table", "cpu"): 1},
    "namesmith_certificate_expiry_seconds": {(): 30},
}
SECOND: Samples = {
    "namesmith_refusals_total": {("OVERLOADED",): 4},
    "namesmith_batch_size": {(): [0, 1, 1, 9.0]},
    "namesmith_names_in_work": {(): 7},
    "namesmith_model_info": {("us-names", "1", "table", "cpu"): 1},
    "namesmith_certificate_expiry_seconds": {(): 20},
}


def test_counters_and_work_are_summed_and_information_is_kept() -> None:
    """Each kind of metric by its own rule."""
    assert merged([FIRST, SECOND]) == {
        "namesmith_refusals_total": {("TOO_RARE",): 2, ("OVERLOADED",): 5},
        "namesmith_batch_size": {(): [1, 3, 1, 16.0]},
        "namesmith_names_in_work": {(): 12},
        "namesmith_model_info": {("us-names", "1", "table", "cpu"): 1},
        "namesmith_certificate_expiry_seconds": {(): 20},
    }


def test_a_process_that_has_ended_leaves_its_counters() -> None:
    """Its gauges end with it."""
    assert lasting(FIRST).keys() == {"namesmith_refusals_total", "namesmith_batch_size"}
