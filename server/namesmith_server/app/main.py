"""``namesmith-server``: reads the options, runs the server, says in one line why it cannot."""

import os
import sys

from namesmith_server.app.errors import StartError
from namesmith_server.app.extras import installed


def main() -> None:
    """Exits with 0 after a drain, 1 when it cannot serve, 2 on wrong options."""
    with installed():
        from namesmith_server.app.reading import read  # noqa: PLC0415 - it may be missing

        settings = read()
        # Its native log would stand between the JSON lines and the one line of an error.
        os.environ.setdefault("GRPC_VERBOSITY", "NONE")
        # gRPC must not be there at the fork.
        from namesmith_server.app.run import run  # noqa: PLC0415

        try:
            run(settings)
        except StartError as error:
            if str(error):
                sys.stderr.write(f"namesmith-server: {error}\n")
            sys.exit(1)
