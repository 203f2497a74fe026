"""Builds the compiled walk of the server's engine, where there is a C compiler.

Without one the package is whole all the same: the engine then walks in numpy, more slowly.
"""

import os
import shlex
import subprocess
import sysconfig
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

SOURCE = "server/namesmith_server/engine/walk.c"
LIBRARY = "server/namesmith_server/engine/libwalk.so"

# Contraction into fused operations would round otherwise than numpy does.
FLAGS = ("-O2", "-fPIC", "-shared", "-ffp-contract=off", "-std=c17")


class WalkBuildHook(BuildHookInterface):  # type: ignore[type-arg]
    """Compiles walk.c beside itself; it needs no headers of Python's."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - hatch's
        """As hatchling calls it, before a wheel or an editable install is built."""
        root = Path(self.root)
        compiler = shlex.split(os.environ.get("CC", "cc"))
        try:
            subprocess.run(  # noqa: S603 - the user's own compiler
                [*compiler, *FLAGS, "-o", root / LIBRARY, root / SOURCE], check=True
            )
        except (OSError, subprocess.CalledProcessError) as error:
            self.app.display_warning(f"namesmith walks in numpy: walk.c was not compiled: {error}")
            return
        platform = sysconfig.get_platform().replace("-", "_").replace(".", "_")
        build_data["artifacts"].append(LIBRARY)
        build_data["pure_python"] = False
        build_data["tag"] = f"py3-none-{platform}"
