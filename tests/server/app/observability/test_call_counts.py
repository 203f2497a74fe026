"""Counts of calls: exact, and bounded in number whatever the callers are named."""

from namesmith_server.app.observability.call_counts import CallCounts
from namesmith_server.app.observability.metric import CALLER_CALLS
from namesmith_server.grpc import CallRecord, Method

METHOD = Method("unary", "s", "m")


def test_the_number_of_callers_is_bounded() -> None:
    """Callers beyond the bound are counted together, and no call is lost."""
    counts = CallCounts()
    for number in range(1_000):
        record = CallRecord(METHOD, seconds=0.001, caller=f"caller-{number}")
        counts.begin(record)
        counts.end(record)
    callers = counts.read()["namesmith_caller_calls_total"]
    assert len(callers) == CALLER_CALLS.most + 1
    assert callers["other",] == 1_000 - CALLER_CALLS.most
    assert sum(one for one in callers.values() if not isinstance(one, list)) == 1_000


def test_the_number_of_versions_is_bounded() -> None:
    """After a thousand reloads the versions beyond the bound are counted together."""
    counts = CallCounts()
    for version in range(1, 2_001):
        record = CallRecord(METHOD, seconds=0.001, model="us-names", version=version, names=2)
        counts.begin(record)
        counts.end(record)
    names = counts.read()["namesmith_names_generated_total"]
    assert len(names) <= 501
    assert sum(one for one in names.values() if not isinstance(one, list)) == 4_000
