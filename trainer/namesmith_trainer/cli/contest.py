"""``Contest``: the training of the runs that are compared."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import click

from namesmith_trainer.cli.entries import Entry, groups
from namesmith_trainer.cli.progress import with_progress
from namesmith_trainer.data import Names
from namesmith_trainer.models import NetworkRecipe
from namesmith_trainer.report import Diagnostics, diagnose
from namesmith_trainer.training import STEPS, Checkpoint, Run, StoppedError, train, train_networks
from namesmith_trainer.words import counted


@dataclass(frozen=True)
class Contest:
    """Names, and the way in which runs are trained on them.

    Attributes:
        names: names to train on.
        device: "cpu" or "cuda".
        kept: checkpoint of the comparison, of which every run has a part; None for none. A run
            that has ended is not trained again.
        stop: function whose result is True once the runs are to end.
    """

    names: Names
    device: str
    kept: Checkpoint | None
    stop: Callable[[], bool]

    def train(self, entries: list[Entry]) -> list[Diagnostics]:
        """Train the runs of the entries, and return the numbers of each, in the entries' order.

        On CUDA, networks of one shape are trained side by side.

        Raises:
            StoppedError: ``stop`` returned True; the message names the runs that were going on.
        """
        runs: dict[str, Diagnostics] = {}
        for group in groups(entries, self.device):
            for entry in group:
                recipe, effort = entry.recipe, ""
                if isinstance(recipe, NetworkRecipe):
                    effort = f": {counted(recipe.steps, 'step')}"
                click.echo(f"{recipe.name}{effort}", err=True)
            try:
                trained = self._train(group)
            except StoppedError as stopped:
                raise _of(group, stopped) from stopped
            runs |= {run.recipe.name: diagnose(run) for run in trained}
        return [runs[entry.recipe.name] for entry in entries]

    def _train(self, group: list[Entry]) -> list[Run]:
        """Train the runs of a group."""
        seed, parts = group[0].seed, [self._part(entry) for entry in group]
        where = self.device, with_progress
        if len(group) == 1:
            recipe = group[0].recipe
            checkpoint = parts[0]
            run = train(self.names, recipe, seed, *where, checkpoint=checkpoint, stop=self.stop)
            return [run]
        networks = [each.recipe for each in group if isinstance(each.recipe, NetworkRecipe)]
        return [
            *train_networks(self.names, networks, seed, *where, checkpoints=parts, stop=self.stop)
        ]

    def _part(self, entry: Entry) -> Checkpoint | None:
        """Return the checkpoint of an entry."""
        return self.kept.part(entry.recipe.name.replace(" ", "-")) if self.kept else None


def _of(group: list[Entry], stopped: StoppedError) -> StoppedError:
    """Return the error of runs that were stopped, with their names."""
    names, phase = ", ".join(entry.recipe.name for entry in group), stopped.progress.phase
    whole = names if phase == STEPS else f"{names}, {phase}"
    return StoppedError(replace(stopped.progress, phase=whole))
