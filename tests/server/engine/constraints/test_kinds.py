"""Every kind of constraint that the engine has keeps the laws."""

from collections.abc import Iterator

from hypothesis import strategies as st

from enumeration import KINDS
from namesmith_server.engine import kinds
from namesmith_server.engine.constraints import ContentConstraint
from server.engine.constraints.laws import ConstraintLaws
from server.engine.constraints.margin_laws import MarginLaws


class TestSuffix(ConstraintLaws):
    """A name ends with given symbols."""

    kind = kinds.Suffix
    constraints = KINDS[kinds.Suffix]


class TestContains(ConstraintLaws):
    """Given symbols stand somewhere in a name."""

    kind = kinds.Contains
    constraints = KINDS[kinds.Contains]


class TestPattern(ConstraintLaws):
    """A regular expression matches the whole name."""

    kind = kinds.Pattern
    constraints = KINDS[kinds.Pattern]


class TestNotPattern(ConstraintLaws):
    """A regular expression does not match the whole name."""

    kind = kinds.NotPattern
    constraints = KINDS[kinds.NotPattern]


class TestExcludes(ConstraintLaws):
    """None of a list stands in a name."""

    kind = kinds.Excludes
    constraints = KINDS[kinds.Excludes]


class TestStartsWithAny(ConstraintLaws):
    """A name begins with one of a list."""

    kind = kinds.StartsWithAny
    constraints = KINDS[kinds.StartsWithAny]


class TestEndsWithAny(ConstraintLaws):
    """A name ends with one of a list."""

    kind = kinds.EndsWithAny
    constraints = KINDS[kinds.EndsWithAny]


class TestForbidden(ConstraintLaws):
    """A name is none of a list."""

    kind = kinds.Forbidden
    constraints = KINDS[kinds.Forbidden]


class TestNovel(ConstraintLaws):
    """A name is none of the training split's."""

    kind = kinds.Novel
    constraints = KINDS[kinds.Novel]


class TestMinDistance(MarginLaws):
    """A name is some edits from every name of the training split."""

    kind = kinds.MinDistance
    constraints = st.sampled_from([2, 3]).map(kinds.MinDistance)


def descendants(base: type) -> Iterator[type]:
    """Yield the subclasses of a class and theirs."""
    for subclass in base.__subclasses__():
        yield subclass
        yield from descendants(subclass)


def test_every_kind_of_the_engine_has_a_class_of_laws() -> None:
    """A kind without a test class in this file fails here."""
    tested = {laws.kind for laws in descendants(ConstraintLaws) if laws.__module__ == __name__}
    ours = {
        kind
        for kind in descendants(ContentConstraint)
        if kind.__module__.startswith("namesmith_server.")
    }
    assert tested == ours
