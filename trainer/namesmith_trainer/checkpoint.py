"""A checkpoint: a run's state in one file, from which it continues bit for bit.

The file is a safetensors file: tensors, and the run's identity as text. It is written beside its
place and renamed, so that it is the old one or the new one, whole.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from safetensors import SafetensorError, safe_open
from safetensors.torch import save

from namesmith_trainer.files import write_whole
from namesmith_trainer.loop import Training


class CheckpointError(RuntimeError):
    """A checkpoint that cannot be used; the message names the file and says why."""


@dataclass(frozen=True)
class Checkpoint:
    """Where and how often a run is kept.

    Attributes:
        path: of the file.
        every: steps between two checkpoints at least; there is one after the last step too.
        resume: whether to continue from the file, where there is one.
    """

    path: Path
    every: int
    resume: bool

    def remove(self) -> None:
        """Removes the file: the run is published."""
        self.path.unlink(missing_ok=True)


class Keeper:
    """Keeps one run in its checkpoint.

    Attributes:
        seconds: that the run took before it was continued.
    """

    def __init__(
        self, checkpoint: Checkpoint, training: Training, identity: Mapping[str, object]
    ) -> None:
        """Continues the run from the file, where that is asked for and there is one.

        Raises:
            CheckpointError: the file is there but was not to be continued, is no checkpoint,
                or is of a run with another identity.
        """
        self._checkpoint, self._training, self._identity = checkpoint, training, identity
        self.seconds = 0.0
        if checkpoint.path.exists():
            self._restore()
        self._due = training.step + checkpoint.every

    def keep(self, seconds: float, *, now: bool) -> None:
        """Writes the run as it is after ``seconds`` in all, if it is due or to be ``now``.

        Raises:
            OSError: the old file stays.
        """
        step = self._training.step
        if not now and step < self._due:
            return
        self._due = step + self._checkpoint.every
        state = self._training.state().items()
        tensors = {name: tensor.detach().contiguous().cpu() for name, tensor in state}
        about = {"identity": json.dumps(self._identity), "seconds": str(seconds)}
        write_whole(self._checkpoint.path, save(tensors, about))

    def _restore(self) -> None:
        path = self._checkpoint.path
        if not self._checkpoint.resume:
            raise CheckpointError(f"{path}: exists; --resume continues it")
        try:
            with safe_open(path, framework="pt") as file:
                about = file.metadata() or {}
                kept, self.seconds = json.loads(about["identity"]), float(about["seconds"])
                tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        except (OSError, SafetensorError, KeyError, ValueError) as error:
            raise CheckpointError(f"{path}: is no checkpoint") from error
        for name in sorted({*kept, *self._identity}):
            if kept.get(name) != self._identity.get(name):
                raise CheckpointError(
                    f"{path}: was made with {name} {kept.get(name)!r},"
                    f" this run has {self._identity.get(name)!r}"
                )
        try:
            self._training.restore(tensors)
        except KeyError as error:
            raise CheckpointError(f"{path}: lacks the tensor {error}") from error
        except (RuntimeError, TypeError) as error:
            raise CheckpointError(f"{path}: holds a tensor of another shape or type") from error
