"""``namesmith-server``: reads the options, runs the server, says in one line why it cannot."""

import os
import signal
import sys

from namesmith_server.app.errors import StartError
from namesmith_server.app.extras import installed


def main() -> None:
    """Exits with 0 after a drain, 1 when it cannot serve, 2 on wrong options."""
    try:
        with installed():
            _main()
    except StartError as error:
        if str(error):
            sys.stderr.write(f"namesmith-server: {error}\n")
        sys.exit(1)
    except KeyboardInterrupt:  # before there was anything to drain
        sys.exit(128 + signal.SIGINT)


def _main() -> None:
    from namesmith_server.app.reading import read  # noqa: PLC0415 - it may not be installed

    settings = read()
    # Its native log would stand between the JSON lines and the one line of an error.
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")
    from namesmith_server.app.run import run  # noqa: PLC0415 - gRPC must not be there at the fork

    run(settings)
