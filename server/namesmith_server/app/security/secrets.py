"""The secrets that the server holds by name, for calls that name keys.

They are read once, at the start: a secret that changed would change names. Workers that start later
have the secrets that the supervisor has read.
"""

from collections.abc import Mapping

from namesmith.secret import read_secret
from namesmith_server.app.errors import SecretsError
from namesmith_server.app.good_files import WorkerSettings
from namesmith_server.app.settings import Settings
from namesmith_server.engine import Secret


def read_secrets(settings: Settings) -> Mapping[str, Secret]:
    """Return the secrets of the settings by their names.

    Raises:
        SecretsError: a file cannot be read, or holds no secret; the message names the file, and
            tells nothing of its content.
    """
    if isinstance(settings, WorkerSettings):
        return settings.secrets
    secrets = {}
    for name, path in settings.key_secret:
        try:
            secrets[name] = Secret(read_secret(path))
        except ValueError as error:
            raise SecretsError(f"{path}: {error}") from None
        except OSError as error:
            raise SecretsError(f"{path}: {error.strerror}") from error
    return secrets
