"""The planner: policy, orders, labels and faults to a plan."""

from collections.abc import Mapping

import pytest

from namesmith_server.app.models import ModelPlan, Plan
from namesmith_server.app.models.plan import default_of
from namesmith_server.app.models.planner import WHOLE, Knowledge, Orders, plan_of
from namesmith_server.app.version_policy import VersionPolicy

FOUND = {"one": (4, 3, 2, 1), "other": (2, 1)}


def versions(
    words: tuple[str, ...] = ("latest",),
    orders: Orders = Orders(),  # noqa: B008 - it is frozen
    refused: frozenset[tuple[str, int]] = frozenset(),
    served: tuple[int, ...] = (),
    found: Mapping[str, tuple[int, ...]] = FOUND,
) -> tuple[int, ...] | None:
    """Return the planned versions of the model ``one``; None where it stands in no plan."""
    plan = {"one": ModelPlan(served)} if served else {}
    labels = {"one": {"stable": 2}} if "labels" in words else {}
    policy = VersionPolicy.parse([word for word in words if word != "labels"])
    planned = plan_of(Knowledge(found, policy, labels, orders, refused, plan))
    return planned["one"].versions if "one" in planned else None


def faulty(*numbers: int) -> frozenset[tuple[str, int]]:
    """Return versions of the model ``one`` that have a fault."""
    return frozenset(("one", number) for number in numbers)


def test_the_policy_chooses_the_newest_or_given_versions() -> None:
    """Versions stand newest first, and a label adds its version to the newest."""
    assert versions() == (4,)
    assert versions(("latest:3",)) == (4, 3, 2)
    assert versions(("one/1", "one/3")) == (3, 1)
    assert versions(("other/1",)) == (4,)
    assert versions(("latest", "labels")) == (4, 2)
    assert versions(("one/3", "labels")) == (3,)


def test_versions_with_a_fault_are_left_out() -> None:
    """The next older ones take their places; nothing takes the place of a given one."""
    assert versions(refused=faulty(4)) == (3,)
    assert versions(("latest:2",), refused=faulty(4, 2)) == (3, 1)
    assert versions(("one/4",), refused=faulty(4)) == ()
    assert versions(refused=faulty(1, 2, 3, 4)) == ()


def test_a_model_keeps_what_is_served_where_nothing_else_can_be() -> None:
    """Also a version that has gone, but not one of a model that has gone."""
    gone = {"one": (4,)}
    assert versions(refused=faulty(4), served=(3,), found=gone) == (3,)
    assert versions(refused=faulty(4), served=(3,), found={"other": (1,)}) is None


def test_orders_win_over_the_policy() -> None:
    """A version that is loaded is served beside; one that is unloaded gives way to an older one."""
    loaded = Orders().with_loaded(("one", 2))
    assert versions(orders=loaded) == (4, 2)
    assert versions(orders=loaded.with_unloaded(("one", 4))) == (3, 2)
    assert versions(orders=loaded.with_unloaded(("one", 2))) == (4,)
    whole = loaded.with_unloaded(("one", WHOLE))
    assert versions(orders=whole, served=(4, 2)) is None
    assert versions(orders=whole.with_loaded(("one", 1))) == (1,)
    again = whole.with_unloaded(("one", 4)).with_loaded(("one", 1)).with_policy("one")
    assert versions(orders=again) == (4, 1)


def test_the_default_model_stays_for_as_long_as_it_is_served() -> None:
    """At first it is the first by name that has a version; a new model takes no call from it."""

    def default(found: Mapping[str, tuple[int, ...]], served: Plan) -> tuple[str, Plan]:
        plan = plan_of(Knowledge(found, VersionPolicy.parse(["latest"]), served=served))
        return default_of(plan), plan

    first, plan = default({"a": (), **FOUND}, {})
    second, plan = default({"a": (1,), **FOUND}, plan)
    assert (first, second) == ("one", "one")
    third, plan = default({"a": (1,), "one": (), "other": (1,)}, plan)
    fourth, plan = default({"a": (1,), **FOUND}, plan)
    assert (third, fourth) == ("a", "a")
    assert default({}, plan)[0] == ""


@pytest.mark.parametrize(
    "words", [("newest",), ("latest:0",), ("latest:1001",), ("one/0",), ("latest:1", "latest:2")]
)
def test_a_wrong_word_of_the_policy_is_told(words: tuple[str, ...]) -> None:
    """The message begins with the option."""
    with pytest.raises(ValueError, match=r"^--versions: "):
        VersionPolicy.parse(words)
