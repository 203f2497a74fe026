"""The sizes of flights, and their graphs on CUDA."""

from collections.abc import Callable
from contextlib import suppress
from functools import partial

import torch

SIZES = (1, 8, 32, 128, 256, 512, *(size << bits for bits in range(9, 20) for size in (2, 3)))
"""Numbers of rows that a flight is padded to, the least first."""

FEW = 1024
"""Largest size at which a flight is as slow as its operations are many, whatever its rows."""

STEPS_OF_FEW, STEPS_OF_MANY = 8, 4
"""Numbers of steps of a flight up to ``FEW`` rows, which then most names end in, and above it,
where a row that has ended takes other rows' time."""

Fly = Callable[[int, bool], None]
"""Function that takes the steps of a flight: of a size, and of rows that may truncate."""


def sizes(most: int) -> list[int]:
    """Return the sizes of flights of at most ``most`` rows, the largest first."""
    return [size for size in reversed(SIZES) if size <= most]


def size_of(rows: int) -> int:
    """Return the size that a flight of a number of rows is padded to."""
    return next(size for size in SIZES if size >= rows)


def steps_of(size: int) -> int:
    """Return the number of steps of a flight."""
    return STEPS_OF_FEW if size <= FEW else STEPS_OF_MANY


class Graphs:
    """Flights captured as CUDA graphs, which share one pool of memory: one flies at a time."""

    def __init__(self, fly: Fly, most: int) -> None:
        """Run every flight once and capture it, on the current stream.

        Raises:
            torch.OutOfMemoryError: the largest flight does not fit the device's memory.
        """
        self._pool = torch.cuda.graph_pool_handle()
        self._graphs = {
            (size, truncates): self._capture(partial(fly, size, truncates))
            for size in sizes(most)
            for truncates in (True, False)
        }

    def fly(self, size: int, truncates: bool) -> None:  # noqa: FBT001 - a ``Fly``
        """Take the steps of a flight, as one launch."""
        self._graphs[size, truncates].replay()

    def _capture(self, fly: Callable[[], None]) -> torch.cuda.CUDAGraph:
        fly()  # libraries load, and take their memory
        torch.cuda.current_stream().synchronize()
        graph = torch.cuda.CUDAGraph()
        # Other threads may use the device meanwhile: another model serves while this one loads.
        graph.capture_begin(pool=self._pool, capture_error_mode="thread_local")
        try:
            fly()
        except BaseException:
            with suppress(RuntimeError):  # the capture is broken
                graph.capture_end()
            raise
        graph.capture_end()
        return graph
