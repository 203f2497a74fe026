"""``namesmith-server``: reads the options and runs the server; a failure is one line."""

# ruff: noqa: E402 - signals must be handled, and descriptors 0 to 2 taken, before anything else
from namesmith_server.app import signals, standard_streams

signals.install()
standard_streams.open_missing()

import gc
import os
import sys

from namesmith_server.app.errors import StartError
from namesmith_server.app.extras import require_extra
from namesmith_server.app.leaving import leave


def main() -> None:
    """Exit with 0 after a drain, 1 when the server cannot serve, 2 on wrong options."""
    # gRPC's native log would stand between the JSON lines and the one line of an error.
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")
    gc.disable()  # imports leave no garbage, and looking for it takes a twentieth of the start
    try:
        with require_extra():
            # The imports come late because the packages of the extra may be missing.
            from namesmith_server.app.cli import read_settings  # noqa: PLC0415

            settings = read_settings(sys.argv[1:])
            from namesmith_server.app.run import run  # noqa: PLC0415 - --help needs no gRPC

            gc.enable()
            run(settings)
    except StartError as error:
        leave(1, f"namesmith-server: {error}" if str(error) else "")
