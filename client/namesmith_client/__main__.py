"""The program ``namesmith``, or ``python -m namesmith_client``: the packages that it needs."""

import signal
import sys
from importlib.util import find_spec

PACKAGES = ("click", "rich")
"""The packages of the extra ``cli``."""


def main() -> None:
    """Run the command line; exit with 2 and one line where a package of its extra is missing."""
    missing = [package for package in PACKAGES if find_spec(package) is None]
    if missing:
        told = " and ".join(missing)
        print(  # noqa: T201 - click is what may be missing
            f"Error: the command line needs {told}; install namesmith-client[cli]", file=sys.stderr
        )
        sys.exit(2)
    # The import comes late because the packages of the extra may be missing.
    from namesmith_client.cli import main as run  # noqa: PLC0415

    run()


if __name__ == "__main__":
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
        # Once the package is imported, Ctrl-C ends the program without a message, like others.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    main()
