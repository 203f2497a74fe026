"""Rows in slots on a torch device: loaded through pinned memory, flown as graphs."""

import logging
from contextlib import AbstractContextManager, nullcontext
from itertools import cycle

import numpy as np
import torch
from numpy.typing import NDArray

from namesmith.limits import MAX_LENGTH
from namesmith_server.backends.base import Contexts, DeviceMemoryError, Flight, Rows, Start
from namesmith_server.backends.device_guard import is_short_of_memory
from namesmith_server.backends.lockstep import flights
from namesmith_server.backends.lockstep.berth import Berth
from namesmith_server.backends.lockstep.lines import Lines, columns, write
from namesmith_server.backends.lockstep.staging import Staging
from namesmith_server.backends.lockstep.steps import LogProbsOf, take_steps

WIDTH = MAX_LENGTH + 1
"""Number of symbols of the longest name, its end symbol included."""

BERTHS = 3
"""Number of berths that flights take in turn: two in the air, and one that is read."""

FLIGHTS = 2
"""Number of flights of the largest size that fill all slots: one flies while the host works."""

NEWCOMERS = 8
"""Ratio of the size of the largest flight to the number of further slots, where those wait that
come while all others are taken."""

log = logging.getLogger(__name__)


class LockstepRows(Rows):
    """``Rows`` on CUDA or on CPU tensors."""

    def __init__(  # noqa: PLR0913, PLR0917 - the parts of rows
        self,
        name: str,
        log_probs_of: LogProbsOf,
        device: torch.device,
        vocab_size: int,
        block_size: int,
        most: int,
    ) -> None:
        """Take the memory of all slots, and capture every flight where the device is CUDA.

        Args:
            name: word for the backend.
            log_probs_of: function from contexts [N, L] on the device to float64 [N, V].
            device: device of the rows.
            vocab_size: number of symbols of the vocabulary, V.
            block_size: number of symbols of a context, L.
            most: largest number of rows of a flight, a size; the device's memory may make it
                smaller.

        Raises:
            BackendError: the device fails, or has no memory for any row.
        """
        self.name = name
        self._log_probs_of = log_probs_of
        self._device = device
        self._vocab_size = vocab_size
        self._block_size = block_size
        self._stream: torch.cuda.Stream | None = None
        if device.type == "cuda":
            self._stream = torch.cuda.Stream(device)  # type: ignore[no-untyped-call]
        self._build_what_fits(most)

    def load(self, slots: NDArray[np.int64], keys: NDArray[np.uint64], start: Start) -> None:
        """Put new rows into slots [N]; they go to the device with the next flight."""
        if self._staging.holds(slots):
            self._send()
        write(self._staging.add(slots), slots, keys, start, self._vocab_size)
        self._truncates[slots] = start.truncates

    def launch(self, slots: NDArray[np.int64]) -> Flight:
        """Begin a few steps of the rows in distinct slots [N], 1 <= N <= ``most``."""
        self._send()
        size, truncates = flights.size_of(len(slots)), bool(self._truncates[slots].any())
        berth = next(self._berths)
        with torch.inference_mode(), self._on_stream():
            padded = berth.fill(slots, size, self.capacity)
            self._slots[:size].copy_(padded, non_blocking=True)
            self._fly(size, truncates)
            return berth.land(self._shown[: len(slots)])

    def log_probs(self, contexts: Contexts) -> NDArray[np.float64]:
        """Return log P(next symbol | context) as rows are drawn from it: float64 [B, V]."""
        with torch.inference_mode():
            answer = self._log_probs_of(torch.from_numpy(contexts).to(self._device))
            log_probs: NDArray[np.float64] = answer.cpu().contiguous().numpy()
        return log_probs

    def _build_what_fits(self, most: int) -> None:
        """Build the rows, with fewer a flight as long as the device's memory is short."""
        while not self._try_to_build(most):
            fewer = flights.sizes(most - 1)
            if not fewer:
                raise DeviceMemoryError("the device has no memory for a row")
            log.warning("fewer rows a flight: memory", extra={"rows": most, "fewer": fewer[0]})
            most = fewer[0]

    def _try_to_build(self, most: int) -> bool:
        """Build the rows; return whether the device had the memory."""
        try:
            with torch.inference_mode(), self._on_stream():
                self._build(most)
        except RuntimeError as error:
            if is_short_of_memory(error):
                return False
            raise
        finally:
            if self._stream is not None:
                torch.cuda.empty_cache()  # of runs before their captures
        return True

    def _build(self, most: int) -> None:
        self.most, self.capacity = most, FLIGHTS * most + most // NEWCOMERS
        lines, device = columns(self._block_size), self._device
        # The last slot is the padding's.
        self._lines = torch.zeros(self.capacity + 1, lines, dtype=torch.int64, device=device)
        width = WIDTH + max(flights.STEPS_OF_FEW, flights.STEPS_OF_MANY)
        self._symbols = torch.zeros(self.capacity + 1, width, dtype=torch.int16, device=device)
        self._slots = torch.full((most,), self.capacity, dtype=torch.int64, device=device)
        self._shown = torch.zeros(most, 1 + WIDTH, dtype=torch.int16, device=device)
        self._staging = Staging(self.capacity + 1, lines, device)
        self._berths = cycle([Berth(most, WIDTH, device) for _ in range(BERTHS)])
        self._truncates = np.zeros(self.capacity + 1, dtype=bool)
        self._fly = self._take_steps
        self._fill_padding()
        if self._stream is not None:
            self._fly = flights.Graphs(self._take_steps, most).fly

    def _fill_padding(self) -> None:
        """Let the padding's slot hold a row that is drawn like others, and never read."""
        context = np.zeros(self._block_size, dtype=np.int64)
        start = Start(0, False, 0, MAX_LENGTH, 1.0, 0, 1.0, 0.0, 0.0, 0.0, context)  # noqa: FBT003
        self.load(np.array([self.capacity]), np.zeros(1, dtype=np.uint64), start)
        self._send()

    def _send(self) -> None:
        with torch.inference_mode(), self._on_stream():
            self._staging.send(self._lines)

    def _take_steps(self, size: int, truncates: bool) -> None:  # noqa: FBT001 - a ``Fly``
        slots = self._slots[:size]
        lines, flags, symbols = take_steps(
            self._log_probs_of,
            Lines(self._lines.index_select(0, slots)),
            self._symbols.index_select(0, slots),
            flights.steps_of(size),
            truncates=truncates,
        )
        self._lines.index_copy_(0, slots, lines)
        self._symbols.index_copy_(0, slots, symbols)
        self._shown[:size].copy_(torch.cat((flags[:, None], symbols[:, :WIDTH]), 1))

    def _on_stream(self) -> AbstractContextManager[object]:
        return nullcontext() if self._stream is None else torch.cuda.stream(self._stream)
