"""The check of the first plan; no later plan is held to the models of the settings."""

from collections.abc import Callable

from namesmith_server.app.errors import LoadError
from namesmith_server.app.models.plan import Plan, invalid_models, versions_of
from namesmith_server.app.settings import Settings


def check_start(settings: Settings, fault: Callable[[str], str], plan: Plan) -> None:
    """Refuse a first plan that lacks models.

    Args:
        settings: settings of the server.
        fault: function that tells why a model has no version that can be served.
        plan: the first plan.

    Raises:
        LoadError: no version can be served, or none of a model and the settings are strict, or the
            default model is not there; a server that watches waits for versions and the default.
    """
    invalid = invalid_models(plan)
    is_empty = not any(versions_of(plan)) and not settings.watch
    if is_empty or (invalid and settings.strict):
        raise LoadError("; ".join(f"model {name}: {fault(name)}" for name in invalid))
    names = sorted({name for name, _ in versions_of(plan)})
    default = settings.default_model
    if default and default not in names and not settings.watch:
        raise LoadError(f"default model {default!r}: the models are {names}")
