"""The messages on the line between the supervisor and a worker; each is answered in turn."""

from dataclasses import dataclass

from namesmith_server.app.models import Faults, Plan


@dataclass(frozen=True)
class Prepare:
    """Load the versions of a plan that are not served yet; answered by Prepared or Failed."""

    plan: Plan


@dataclass(frozen=True)
class Prepared:
    """The versions are loaded, but for those that have a fault.

    Attributes:
        faults: the fault of each version that this worker cannot serve.
    """

    faults: Faults

    @property
    def reason(self) -> str:
        """Words for the operator about the faults; empty without one."""
        return "; ".join(f"{name} {version}: {it}" for (name, version), it in self.faults.items())


@dataclass(frozen=True)
class Failed:
    """No version can be loaded, for a reason that is no version's fault.

    Attributes:
        reason: words for the operator.
    """

    reason: str


@dataclass(frozen=True)
class Commit:
    """Serve a prepared plan from the next call on; answered by Committed."""

    plan: Plan


@dataclass(frozen=True)
class Committed:
    """The plan is served."""


Order = Prepare | Commit
"""A message to a worker."""

Answer = Prepared | Failed | Committed
"""A message of a worker."""
