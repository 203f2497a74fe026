"""The environment of the process: variables that no program of the project reads are told."""

import logging
import os

from namesmith.quoting import MAX_QUOTED
from namesmith.variables import unknown_variables

log = logging.getLogger(__name__)


def warn_of_unknown_variables() -> None:
    """Log the names of the variables NAMESMITH_* that nobody reads; their values are not told."""
    for name, nearest in unknown_variables(os.environ):
        log.warning("unknown variable", extra={"variable": name[:MAX_QUOTED], "nearest": nearest})
