"""The errors of backends."""


class BackendError(RuntimeError):
    """A backend that cannot be used; the message says why.

    BackendError                  with this bundle
    └── BackendUnavailableError   on this machine or in this server, whatever the bundle
        ├── DeviceMemoryError     for a piece of work: the device has too little memory left
        └── DeviceLostError       any more: the device has failed
    """


class BackendUnavailableError(BackendError):
    """A backend whose name is unknown, or whose runtime or device this machine lacks."""


class DeviceMemoryError(BackendUnavailableError):
    """A piece of work that needs more memory than the device has left; others may fit."""


class DeviceLostError(BackendUnavailableError):
    """A device that has failed: this process cannot compute on it again."""
