"""Builds the engine's compiled walk, where there are a C compiler and Python's headers.

Without them the package is whole all the same: the engine then walks in numpy, more slowly.
"""

import os
import shlex
import subprocess
import sysconfig
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

SOURCE = "server/namesmith_server/engine/_walk.c"
EXTENSION = "server/namesmith_server/engine/_walk.abi3.so"

# Contraction into fused operations would round otherwise than numpy does.
FLAGS = ("-O3", "-fPIC", "-shared", "-ffp-contract=off", "-std=c17", "-Werror=implicit")


class WalkBuildHook(BuildHookInterface):  # type: ignore[type-arg]
    """Compiles _walk.c beside itself, for Python's stable interface."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - hatch's
        """As hatchling calls it, before a wheel or an editable install is built."""
        root = Path(self.root)
        headers = sysconfig.get_path("include")
        compiler = shlex.split(os.environ.get("CC", "cc"))
        try:
            subprocess.run(  # noqa: S603 - the user's own compiler
                [*compiler, *FLAGS, f"-I{headers}", "-o", root / EXTENSION, root / SOURCE],
                check=True,
            )
        except (OSError, subprocess.CalledProcessError) as error:
            self.app.display_warning(f"namesmith walks in numpy: _walk.c was not compiled: {error}")
            return
        platform = sysconfig.get_platform().replace("-", "_").replace(".", "_")
        build_data["artifacts"].append(EXTENSION)
        build_data["pure_python"] = False
        build_data["tag"] = f"cp311-abi3-{platform}"
