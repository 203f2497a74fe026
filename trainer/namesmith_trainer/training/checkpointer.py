"""Checkpoints: the state of a run in one file, from which the run continues bit for bit.

The file is a safetensors file with the tensors of the run and its identity as text. The file is
written under another name and then renamed, so that readers find a whole file, old or new.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save

from namesmith_trainer.files import write_whole
from namesmith_trainer.models import NetworkRecipe
from namesmith_trainer.training.checkpoint import Checkpoint, CheckpointError
from namesmith_trainer.training.identity import difference, identity_of
from namesmith_trainer.training.jobs import Job
from namesmith_trainer.training.loop import Training

FORMAT = "2"
"""Format of the files; those of format 1 do not say so, nor which splits they were made with."""

NEW = "another --checkpoint begins a new run"
"""Words of a refusal that say what can be done instead."""


class Checkpointer:
    """Writes one run's checkpoints, and continues the run from an earlier checkpoint.

    Attributes:
        seconds: seconds that the run took before it was interrupted; 0 for a new run.
        resumed: file from which the run continues; None for a new run.
    """

    def __init__(
        self, checkpoint: Checkpoint, training: Training, identity: Mapping[str, Any]
    ) -> None:
        """Continue the run from the file where the file exists and ``checkpoint.resume`` is True.

        Args:
            checkpoint: the file, and how often the file is written.
            training: run at step 0; set to the file's step where the run continues from the file.
            identity: identity of the run; the run continues only where the file holds an equal one.

        Raises:
            CheckpointError: the file exists and ``checkpoint.resume`` is False, or the file is no
                checkpoint, or holds a run with another identity.
        """
        self._checkpoint, self._training, self._identity = checkpoint, training, identity
        self.seconds = 0.0
        self.resumed: Path | None = None
        self._kept = 0  # step of the file
        if checkpoint.path and checkpoint.path.exists():
            self._restore(checkpoint.path)
            self._kept = training.step
        self._due = training.step + checkpoint.every

    def keep(self, seconds: float, *, now: bool) -> None:
        """Write a checkpoint where a checkpoint is due or ``now`` is True.

        Args:
            seconds: seconds that the run has taken, the time before an interruption included.
            now: whether a checkpoint is written even though no checkpoint is due.

        Raises:
            OSError: the file could not be written before the last step; the old file stays, and the
                run is held in memory.
        """
        step, checkpoint = self._training.step, self._checkpoint
        is_last = step == self._training.recipe.steps
        is_due = now or step >= self._due
        if step == self._kept or not is_due or not (checkpoint.path or is_last):
            return
        self._due = step + checkpoint.every
        raw = self._bytes(seconds)
        if checkpoint.path is None:
            checkpoint.held[checkpoint.suffix] = raw
            return
        try:
            write_whole(checkpoint.path, raw)
        except OSError:
            checkpoint.held[checkpoint.suffix] = raw
            if not is_last:  # a run that is whole may be published all the same
                raise
        else:
            checkpoint.used.add(checkpoint.path)

    def _bytes(self, seconds: float) -> bytes:
        """Return the bytes of the file of the run as it is."""
        state = self._training.state().items()
        tensors = {name: tensor.detach().contiguous().cpu() for name, tensor in state}
        identity = json.dumps(self._identity)
        return save(tensors, {"format": FORMAT, "identity": identity, "seconds": str(seconds)})

    def _restore(self, path: Path) -> None:
        """Continue the run from the file; raise ``CheckpointError`` for a file that is unfit."""
        if not self._checkpoint.resume:
            raise CheckpointError(f"{path}: exists; --resume continues it, or another --checkpoint")
        try:
            with safe_open(path, framework="pt") as file:
                about = file.metadata() or {}
                kept, self.seconds = json.loads(about["identity"]), float(about["seconds"])
                found = about.get("format", "1")
                tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        except OSError as error:
            raise CheckpointError(f"{path}: {error.strerror or 'cannot be read'}") from error
        except (SafetensorError, KeyError, ValueError) as error:
            raise CheckpointError(f"{path}: is no checkpoint, or not a whole one; {NEW}") from error
        if found != FORMAT:
            raise CheckpointError(
                f"{path}: has format {found}, and this version continues format {FORMAT}; the"
                f" version that made it can continue it; {NEW}"
            )
        unlike = difference(kept, self._identity)
        if unlike:
            raise CheckpointError(f"{path}: was made with {unlike}; {NEW}")
        try:
            self._training.restore(tensors)
        except KeyError as error:
            raise CheckpointError(f"{path}: lacks the tensor {error}; {NEW}") from error
        except (RuntimeError, TypeError) as error:
            raise CheckpointError(
                f"{path}: holds a tensor of another shape or type; {NEW}"
            ) from error
        self._checkpoint.used.add(path)
        self.resumed = path


def checkpointer_of(job: Job[NetworkRecipe], training: Training) -> Checkpointer | None:
    """Return the checkpointer of a job's run; None for a job that is not kept.

    Raises:
        CheckpointError: the run cannot continue from the job's checkpoint.
    """
    return Checkpointer(job.checkpoint, training, identity_of(job)) if job.checkpoint else None
