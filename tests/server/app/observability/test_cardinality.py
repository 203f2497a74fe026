"""The number of series of a server whose workers come and go."""

from namesmith_server.app.observability.cardinality import Cardinality
from namesmith_server.app.observability.metric import CALLER_CALLS, GENERATED
from namesmith_server.app.observability.samples import Samples, Value, merged


def total(values: dict[tuple[str, ...], Value]) -> float:
    """Return the sum of the values of a counter."""
    return sum(value for value in values.values() if not isinstance(value, list))


def test_series_are_bounded_over_workers_and_none_falls() -> None:
    """Ten workers, each with 60 callers and 300 versions of its own, end one after the other."""
    cardinality, ended = Cardinality(), Samples()
    before: Samples = {}
    for worker in range(10):
        callers: dict[tuple[str, ...], Value] = {(f"c{worker}-{n}",): 1 for n in range(60)}
        versions: dict[tuple[str, ...], Value] = {
            ("us-names", str(worker * 500 + n)): 1 for n in range(300)
        }
        last = {
            CALLER_CALLS.name: {**callers, ("other",): 5},
            GENERATED.name: {**versions, ("us-names", "other"): 7},
        }
        seen = cardinality.bounded(merged([ended, last]))
        ended = cardinality.bounded(merged([ended, last]))
        assert seen == ended
        assert len(ended[CALLER_CALLS.name]) <= 101
        assert len(ended[GENERATED.name]) <= 501
        assert total(ended[CALLER_CALLS.name]) == (worker + 1) * 65
        assert total(ended[GENERATED.name]) == (worker + 1) * 307
        for name, values in before.items():
            for labels, value in values.items():
                assert ended[name][labels] >= value  # type: ignore[operator]
        before = ended
