"""The texts that the server excludes from every name, read once for all workers."""

from collections.abc import Sequence

from namesmith.excluded_texts import ExcludedTextsError, read_excluded_texts
from namesmith_server.app.errors import ExcludesError
from namesmith_server.app.good_files import WorkerSettings
from namesmith_server.app.settings import Settings


def read_excludes(settings: Settings) -> Sequence[str]:
    """Return the texts of the file that the settings name; none without one.

    Raises:
        ExcludesError: the file cannot be used; the message names the line.
    """
    if isinstance(settings, WorkerSettings):
        return settings.excludes
    if settings.excludes_file is None:
        return ()
    try:
        return read_excluded_texts(settings.excludes_file)
    except ExcludedTextsError as error:
        raise ExcludesError(f"--excludes-file: {error}") from error
