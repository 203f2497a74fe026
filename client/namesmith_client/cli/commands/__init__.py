"""The commands, each of which adds itself to the group ``namesmith``."""

from namesmith_client.cli.commands import (
    admin,
    evaluation,
    exact,
    keys,
    models,
    names,
    server,
    unique,
)

__all__ = ["admin", "evaluation", "exact", "keys", "models", "names", "server", "unique"]
