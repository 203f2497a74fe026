"""``Checkpoint``: where a run is kept, on a disk or in memory, so that it can be continued."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

from namesmith_trainer.files import write_all

PART = ".part-"
"""Text between the name of a checkpoint's file and the name of a part of the run."""


class CheckpointError(RuntimeError):
    """Raised for a checkpoint that cannot be used; the message names the file and the reason."""


@dataclass(frozen=True)
class Checkpoint:
    """The file of a run's checkpoint, and how often the file is written.

    A run without a file, after its last step, and a run whose file cannot be written, are held in
    memory until the run is published, or ``rescue`` writes it somewhere else.

    Attributes:
        path: path of the file; None for a run that is held in memory, after its last step alone.
        every: least number of steps between two checkpoints; the last step is always followed by a
            checkpoint.
        resume: whether the run continues from the file, where the file exists.
        suffix: end of the name of the file of a part of a run; empty for a whole run.
        used: files that the run has written or continued from, its parts' among them.
        held: bytes of the files that were not written, by suffix.
    """

    path: Path | None
    every: int = 1
    resume: bool = False
    suffix: str = ""
    used: set[Path] = field(default_factory=set, compare=False)
    held: dict[str, bytes] = field(default_factory=dict, compare=False)

    def part(self, name: str) -> "Checkpoint":
        """Return the checkpoint of a part of a run: a file beside this one, with a longer name."""
        suffix = f"{PART}{name}"
        path = self.path.with_name(f"{self.path.name}{suffix}") if self.path else None
        return replace(self, path=path, suffix=suffix)

    def continues(self) -> bool:
        """Return whether the run, or a part of it, will continue from a file."""
        if not (self.path and self.resume):
            return False
        part = f"{self.path.name}{PART}"
        entries = self.path.parent.iterdir()
        return self.path.exists() or any(entry.name.startswith(part) for entry in entries)

    def rescue(self, places: Iterable[Path]) -> Path | None:
        """Write a run that is held in memory at the first path whose disk takes it.

        Args:
            places: paths of files that do not exist; missing folders are made.

        Returns:
            the path from which the run can be resumed; None where no disk takes the run.
        """
        for place in places:
            files = {place.with_name(place.name + end): raw for end, raw in self.held.items()}
            try:
                for file in self.used:  # parts that were written before their disk was full
                    end = file.name.removeprefix(self.path.name if self.path else "")
                    files.setdefault(place.with_name(place.name + end), file.read_bytes())
                write_all(files)
            except OSError:
                continue
            return place
        return None

    def remove(self) -> None:
        """Remove the files that the run has used, once the run is published; no others."""
        for file in self.used:
            file.unlink(missing_ok=True)
