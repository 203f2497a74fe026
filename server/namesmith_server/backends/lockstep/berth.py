"""A berth: the host's side of one flight, pinned memory that the device reads and writes."""

import numpy as np
import torch
from numpy.typing import NDArray

from namesmith_server.backends.base import Flight, Landed
from namesmith_server.backends.lockstep.steps import ENDED, FITS, UNCERTAIN


class Event:
    """A place in the work of a CUDA stream; on the CPU, work is done when it is asked for."""

    def __init__(self, device: torch.device) -> None:
        self._event: torch.cuda.Event | None = None
        if device.type == "cuda":
            self._event = torch.cuda.Event()  # type: ignore[no-untyped-call]

    def record(self) -> None:
        """Set the place behind the work asked for so far, on the current stream."""
        if self._event is not None:
            self._event.record()

    def wait(self) -> None:
        """Wait until the device has come to the place."""
        if self._event is not None:
            self._event.synchronize()


class Berth:
    """Memory of the host for the slots of a flight, and for its flags and symbols.

    Attributes:
        slots: slots of the flight, int64 [most].
    """

    def __init__(self, most: int, width: int, device: torch.device) -> None:
        self.slots = pinned(device, most, dtype=torch.int64)
        self._shown = pinned(device, most, 1 + width, dtype=torch.int16)
        self._landed = Event(device)

    def fill(self, slots: NDArray[np.int64], size: int, padding: int) -> torch.Tensor:
        """Write the slots, padded to a size, and return them as a tensor of the host."""
        self._landed.wait()
        array = self.slots.numpy()
        array[: len(slots)] = slots
        array[len(slots) : size] = padding
        return self.slots[:size]

    def land(self, shown: torch.Tensor) -> Flight:
        """Begin to copy a flight to the host: flags, then symbols, int16 [N, 1 + width]."""
        here = self._shown[: len(shown)].copy_(shown, non_blocking=True)
        self._landed.record()
        return _Landing(here, self._landed)


class _Landing(Flight):
    def __init__(self, shown: torch.Tensor, landed: Event) -> None:
        self._shown, self._landed = shown.numpy().view(np.uint16), landed

    def wait(self) -> Landed:
        """Return the rows after the steps, once the device has computed them."""
        self._landed.wait()
        flags = self._shown[:, 0]
        return Landed(
            ended=(flags & ENDED) != 0,
            fits=(flags & FITS) != 0,
            uncertain=(flags & UNCERTAIN) != 0,
            symbols=self._shown[:, 1:],
        )


def pinned(device: torch.device, *shape: int, dtype: torch.dtype) -> torch.Tensor:
    """Return memory of the host that the device copies from and to by itself."""
    return torch.empty(shape, dtype=dtype, pin_memory=device.type == "cuda")
