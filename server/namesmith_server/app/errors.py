"""Why a server cannot start.

StartError
├── PortError    the address cannot be listened on
└── LoadError    nothing can be served
"""


class StartError(Exception):
    """The base; the message says why, and is empty where a worker has said it."""


class PortError(StartError):
    """The address cannot be listened on."""


class LoadError(StartError):
    """Nothing can be served."""
