"""The supervisor's keeping of secrets, and of the last good certificates and tokens.

Workers that start are given them.
"""

from namesmith_server.app.excludes import read_excludes
from namesmith_server.app.file_watch import FileWatch
from namesmith_server.app.good_files import Contents, WorkerSettings
from namesmith_server.app.security import read_secrets, watch_tokens
from namesmith_server.app.settings import Settings
from namesmith_server.app.transport import watch_certificates


class GoodFilesKeeping:
    """Looks at the files as each worker does, and says nothing: the workers do."""

    def __init__(self, settings: Settings) -> None:
        """Read the files, and begin to look at them, but for that of the excluded texts.

        Names depend on these texts: they stay the same until the server ends.

        Raises:
            ExcludesError: the file of the excluded texts cannot be used.
            PortError: a file of TLS cannot be served.
            TokensError: the file of the tokens cannot be used.
            SecretsError: a file of a secret cannot be used.
        """
        self._secrets = read_secrets(settings)
        self._excludes = read_excludes(settings)
        self._tokens, self._certificates = watch_tokens(settings), watch_certificates(settings)
        for watch in (self._tokens, self._certificates):
            if watch is not None:
                watch.start()

    def settings_of_worker(self, settings: Settings) -> WorkerSettings:
        """Return the settings of a worker that starts now."""
        return WorkerSettings(
            **vars(settings),
            good_certificates=_good(self._certificates),
            good_tokens=_good(self._tokens),
            secrets=self._secrets,
            excludes=self._excludes,
        )


def _good(watch: FileWatch | None) -> Contents | None:
    return None if watch is None else watch.good
