"""A process that serves a plan, as the controller sees it: this one, or a worker."""

from collections.abc import Mapping
from typing import Protocol

from namesmith_server.app.models.plan import Plan, Version

Faults = Mapping[Version, str]
"""The fault of each version that cannot be served, by model and version."""


class Participant(Protocol):
    """A process that serves; the controller's thread calls it, and waits for its answers."""

    def prepare(self, plan: Plan) -> Faults:
        """Load and warm up the versions of a plan that are not served yet; calls meet none of them.

        Returns the faults of the versions that this process cannot serve.

        Raises:
            LoadError: no version is to blame: this machine lacks a runtime or a device.
        """

    def commit(self, plan: Plan) -> None:
        """Serve a prepared plan from the next call on, and nothing else.

        Versions that are in the plan no longer finish the calls that they have, and are let go.
        """
