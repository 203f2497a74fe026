"""The models and versions that a client's reference to a model names."""

from dataclasses import dataclass
from typing import Self

from namesmith.blend import PART
from namesmith.limits import MAX_VERSION
from namesmith.manifest import MODEL_NAME


@dataclass(frozen=True)
class WantedVersions:
    """The models and versions that a reference names; what it cannot be is for the call to refuse.

    Attributes:
        names: names of the models, each once, in the order in which they stand.
        pinned: the versions that are named by their number.
        floating: names of the models of which the newest version or a label is asked for.
    """

    names: tuple[str, ...]
    pinned: frozenset[tuple[str, int]]
    floating: frozenset[str]

    @classmethod
    def parse(cls, reference: str) -> Self:
        """Read NAME, NAME/VERSION, NAME@LABEL or a blend of them; an empty text names nothing."""
        parts = [PART.match(one.strip()) for one in reference.split("+")]
        versions = [(part[1], int(part[2] or 0)) for part in parts if part]
        pinned = frozenset(filter(_can_be, versions))
        floating = frozenset(one[0] for one in versions if one not in pinned)
        return cls(tuple(dict.fromkeys(name for name, _ in versions)), pinned, floating)

    @property
    def policy(self) -> tuple[str, ...]:
        """The words of the version policy: a model whose versions are all pinned has no other."""
        only = sorted(one for one in self.pinned if one[0] not in self.floating)
        return ("latest", *(f"{name}/{version}" for name, version in only))


def _can_be(version: tuple[str, int]) -> bool:
    """Tell whether a repository can hold a model of the name in the version."""
    name, number = version
    return MODEL_NAME.fullmatch(name) is not None and 1 <= number <= MAX_VERSION
