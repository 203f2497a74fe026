"""Checkpoints: the state of a run in one file, from which the run continues bit for bit.

The file is a safetensors file with the tensors of the run and its identity as text. The file is
written under another name and then renamed, so that readers find a whole file, old or new.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from safetensors import SafetensorError, safe_open
from safetensors.torch import save

from namesmith_trainer.files import write_whole
from namesmith_trainer.training.loop import Training

PART = ".part-"
"""Text between the name of a checkpoint's file and the name of a part of the run."""


class CheckpointError(RuntimeError):
    """Raised for a checkpoint that cannot be used; the message names the file and the reason."""


@dataclass(frozen=True)
class Checkpoint:
    """The file of a run's checkpoint, and how often the file is written.

    Attributes:
        path: path of the file.
        every: least number of steps between two checkpoints; the last step is always followed by a
            checkpoint.
        resume: whether the run continues from the file, where the file exists.
        used: files that the run has written or continued from, its parts' among them.
    """

    path: Path
    every: int
    resume: bool
    used: set[Path] = field(default_factory=set, compare=False)

    def part(self, name: str) -> "Checkpoint":
        """Return the checkpoint of a part of a run: a file beside this one, with a longer name."""
        return replace(self, path=self.path.with_name(f"{self.path.name}{PART}{name}"))

    def remove(self) -> None:
        """Remove the files that the run has used, once the run is published; no others."""
        for file in self.used:
            file.unlink(missing_ok=True)


class Checkpointer:
    """Writes one run's checkpoints, and continues the run from an earlier checkpoint.

    Attributes:
        seconds: seconds that the run took before it was interrupted; 0 for a new run.
    """

    def __init__(
        self, checkpoint: Checkpoint, training: Training, identity: Mapping[str, object]
    ) -> None:
        """Continue the run from the file where the file exists and ``checkpoint.resume`` is True.

        Args:
            checkpoint: the file, and how often the file is written.
            training: run at step 0; set to the file's step where the run continues from the file.
            identity: JSON values by name; the run continues only where the file holds equal values.

        Raises:
            CheckpointError: the file exists and ``checkpoint.resume`` is False, or the file is no
                checkpoint, or holds a run with another identity.
        """
        self._checkpoint, self._training, self._identity = checkpoint, training, identity
        self.seconds = 0.0
        if checkpoint.path.exists():
            self._restore()
        self._due = training.step + checkpoint.every

    def keep(self, seconds: float, *, now: bool) -> None:
        """Write a checkpoint where a checkpoint is due or ``now`` is True.

        Args:
            seconds: seconds that the run has taken, the time before an interruption included.
            now: whether a checkpoint is written even though no checkpoint is due.

        Raises:
            OSError: the file could not be written; the old file stays.
        """
        step = self._training.step
        if not now and step < self._due:
            return
        self._due = step + self._checkpoint.every
        state = self._training.state().items()
        tensors = {name: tensor.detach().contiguous().cpu() for name, tensor in state}
        about = {"identity": json.dumps(self._identity), "seconds": str(seconds)}
        write_whole(self._checkpoint.path, save(tensors, about))
        self._checkpoint.used.add(self._checkpoint.path)

    def _restore(self) -> None:
        """Continue the run from the file; raise ``CheckpointError`` for a file that is unfit."""
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
        self._checkpoint.used.add(path)
