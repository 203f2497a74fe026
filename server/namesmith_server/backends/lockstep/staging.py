"""New rows on their way to the device: lines in pinned memory, sent together before a flight."""

import numpy as np
import torch
from numpy.typing import NDArray

from namesmith_server.backends.lockstep.berth import Event, pinned

BUFFERS = 2
"""Number of buffers that take turns: one is sent while the next one is written."""


class Staging:
    """Lines that have not been sent yet."""

    def __init__(self, capacity: int, columns: int, device: torch.device) -> None:
        """Make room for the lines of ``capacity`` slots, int64 [capacity, columns]."""
        self._buffers = [
            pinned(device, capacity, columns, dtype=torch.int64) for _ in range(BUFFERS)
        ]
        self._arrived = torch.empty(capacity, columns, dtype=torch.int64, device=device)
        self._sent = [Event(device) for _ in range(BUFFERS)]
        self._is_staged = np.zeros(capacity, dtype=bool)
        self._turn = 0
        self._count = 0

    def holds(self, slots: NDArray[np.int64]) -> bool:
        """Return whether one of the slots has a line that has not been sent."""
        return bool(self._is_staged[slots].any())

    def add(self, slots: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the lines, to be written, of slots [N] that have none."""
        self._is_staged[slots] = True
        since, self._count = self._count, self._count + len(slots)
        lines: NDArray[np.int64] = self._buffers[self._turn].numpy()[since : self._count]
        return lines

    def send(self, lines: torch.Tensor) -> None:
        """Put the new lines into their slots on the device."""
        if not self._count:
            return
        staged = self._buffers[self._turn][: self._count]
        self._is_staged[staged[:, 0].numpy()] = False
        arrived = self._arrived[: self._count].copy_(staged, non_blocking=True)
        lines.index_copy_(0, arrived[:, 0], arrived)
        self._sent[self._turn].record()
        self._turn, self._count = (self._turn + 1) % BUFFERS, 0
        self._sent[self._turn].wait()
