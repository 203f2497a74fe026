"""Reasons why a server cannot start.

StartError
├── PortError           the address cannot be listened on
├── LoadError           no model can be served
├── ExcludesError       the file of the excluded texts cannot be used
├── TokensError         the file of the callers' tokens cannot be used
├── SecretsError        a file of a secret cannot be used
└── MemoryLimitError    the memory limit leaves too little beside the models
"""


class StartError(Exception):
    """A server cannot start; the message is empty where a worker has written the reason."""


class PortError(StartError):
    """The address cannot be listened on."""


class LoadError(StartError):
    """No model can be served."""


class ExcludesError(StartError):
    """The file of the excluded texts cannot be used."""


class TokensError(StartError):
    """The file of the callers' tokens cannot be used."""


class SecretsError(StartError):
    """A file of a secret cannot be used."""


class MemoryLimitError(StartError):
    """The memory limit leaves too little beside the models."""
