"""The refusals: versions that have a fault, until their files change or an operator asks."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

from namesmith_server.app.loading import identity_of
from namesmith_server.app.models.plan import Version


@dataclass(frozen=True)
class Refusal:
    """A fault of a version, and the identity of the files that have the fault."""

    fault: str
    identity: object


class Refusals:
    """The faults of versions, remembered so that no look at the repository tries them again."""

    def __init__(self, models: Path) -> None:
        """Set the folder of the repository."""
        self._models = models
        self._refused: dict[Version, Refusal] = {}
        self._identities: dict[Version, object] = {}  # of the versions that are being tried

    @property
    def versions(self) -> Collection[Version]:
        """The versions that have a fault."""
        return frozenset(self._refused)

    def identify(self, versions: Iterable[Version]) -> None:
        """Note the identity of versions, before they are tried."""
        self._identities = {version: self._identity(version) for version in versions}

    def add(self, version: Version, fault: str) -> None:
        """Remember the fault of a version."""
        self._refused[version] = Refusal(fault, self._identities.get(version))

    def forget(self, version: Version) -> None:
        """Let a version be tried again."""
        self._refused.pop(version, None)

    def forget_all(self) -> None:
        """Let every version be tried again, as after a fault of the machine that has passed."""
        self._refused.clear()

    def forget_replaced(self) -> None:
        """Let the versions be tried again whose files have changed."""
        for version, refusal in tuple(self._refused.items()):
            if self._identity(version) != refusal.identity:
                self.forget(version)

    def fault(self, version: Version) -> str:
        """Return the fault of a version; empty without one."""
        refusal = self._refused.get(version)
        return "" if refusal is None else refusal.fault

    def faults(self, model: str) -> str:
        """Return the faults of the versions of a model, the newest first; empty without one."""
        of_model = sorted((one for one in self.versions if one[0] == model), reverse=True)
        return "; ".join(f"version {one[1]}: {self.fault(one)}" for one in of_model)

    def _identity(self, version: Version) -> object:
        name, number = version
        return identity_of(self._models / name / str(number))
