"""Build hook that compiles the engine's C modules, where a C compiler and Python's headers exist.

Without the compiled modules the package still works: the engine then runs in numpy, more slowly.
"""

import os
import shlex
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

NATIVE = Path("server/namesmith_server/engine/native")
MODULES = (
    *("walk", "draw_symbols", "records", "passes", "pairs", "product", "memo"),
    *("ranks", "surprisal", "variants"),
)

# Contraction into fused operations would round otherwise than numpy does.
FLAGS = ("-O3", "-fPIC", "-shared", "-ffp-contract=off", "-std=c17", "-Werror=implicit")

# On Linux each module names both libraries that it may need: auditwheel knows the C library of a
# module by libc alone, which a linker leaves out where a module calls the mathematical one only.
LIBRARIES = ("-Wl,--no-as-needed", "-lm", "-lc") if sys.platform == "linux" else ("-lm",)


class EngineBuildHook(BuildHookInterface):  # type: ignore[type-arg]
    """A hook that compiles each C module beside its source, for Python's stable ABI."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - hatch's
        """Compile the modules, before hatchling builds a wheel or an editable install.

        At the first module that does not compile, a warning is shown and no module is added.
        """
        root = Path(self.root)
        headers = sysconfig.get_path("include")
        compiler = shlex.split(os.environ.get("CC", "cc"))
        built = []
        for module in MODULES:
            source, target = NATIVE / f"{module}.c", NATIVE / f"_{module}.abi3.so"
            (root / target).unlink(missing_ok=True)  # one of another version must not stay
            command = [*compiler, *FLAGS, f"-I{headers}", "-o", target, source, *LIBRARIES]
            try:
                subprocess.run(command, cwd=root, check=True)  # noqa: S603 - the user's own compiler
            except (OSError, subprocess.CalledProcessError) as error:
                told = f"namesmith works in numpy: {source.name} was not compiled: {error}"
                self.app.display_warning(told)
                return
            built.append(target.as_posix())
        platform = sysconfig.get_platform().replace("-", "_").replace(".", "_")
        build_data["artifacts"] += built
        build_data["pure_python"] = False
        build_data["tag"] = f"cp311-abi3-{platform}"
