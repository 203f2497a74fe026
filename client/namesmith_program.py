"""Entry point of ``namesmith``: outside the package, whose import takes a third of a second."""

import signal


def main() -> None:
    """Run the command line; Ctrl-C ends it without a message, during all its imports too."""
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:  # as of a job in the background
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from namesmith_client.__main__ import main as run  # noqa: PLC0415 - behind the signal

    run()
