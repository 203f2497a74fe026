"""Build hook that adds the contract, the package ``namesmith``, to the client's distribution.

In a checkout it lies beside the client, in ``proto``; in an sdist it stands in its place already.
"""

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

CONTRACT = Path("../proto/namesmith")


class ContractBuildHook(BuildHookInterface):  # type: ignore[type-arg]
    """A hook that takes the contract from the checkout."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add the contract's files, unless they are there or an editable install refers to them."""
        if version != "editable" and not Path(self.root, CONTRACT.name).is_dir():
            build_data["force_include"][CONTRACT.as_posix()] = CONTRACT.name
