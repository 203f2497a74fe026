"""The line before the first step: the names that were read, and the model that will be made."""

from collections.abc import Iterator
from functools import singledispatch
from typing import Any

import click

from namesmith.quoting import quoted
from namesmith_trainer.data import Names, oddity
from namesmith_trainer.distillation import Form, largest_chain
from namesmith_trainer.models import (
    BigramRecipe,
    DistilledRecipe,
    KneserNeyRecipe,
    NetworkRecipe,
    Recipe,
)
from namesmith_trainer.training import TRAIN, Job, most_states
from namesmith_trainer.words import counted

MIB = 1 << 20
"""Bytes of a mebibyte."""

SERVER = 80 * MIB
"""Resident memory in bytes of a server with the smallest model, as docs/training.md measures it."""

NETWORK = 100 * MIB
"""Resident memory in bytes of a server with a network of about 100,000 parameters."""

COPIES = 5
"""Bytes that a server holds for each byte of a table or a chain."""


def announce(job: Job[Any], form: Form) -> None:
    """Print one line on standard error: what was read, and what will be made in a form."""
    sizes = [f"{len(names):,} {split}" for split, names in job.splits.items()]
    made = ", ".join(planned(job.recipe, job, form))
    click.echo(
        f"{names_read(job.data)}; {counted(len(job.vocabulary), 'symbol')}; {', '.join(sizes)};"
        f" {job.recipe.name}: {made}",
        err=True,
    )


def names_read(names: Names) -> str:
    """Return one line about the names: their number, form, longest and first, and what is odd."""
    forms = [*names.forms, f"column {names.column}" if names.column else ""]
    said = ", ".join(filter(None, forms))
    parts = [
        f"{names.source}{f' ({said})' if said else ''}: {counted(len(names.names), 'name')}",
        f"{len(set(names.names)):,} distinct",
        f"longest {counted(max(map(len, names.names)), 'character')}",
        f"first {quoted(names.names[0])}",
    ]
    if names.counts is not None:
        parts.insert(1, f"counts of {sum(names.counts):,} together")
    if names.skipped:
        parts.append(f"{counted(names.skipped, 'line')} left out")
    if warning := oddity(names.names):
        parts.append(f"WARNING: {warning}")
    told = ", ".join(parts)
    return f"{told}; val from {_val_read(names, names.validation)}" if names.validation else told


def _val_read(names: Names, validation: Names) -> str:
    """Return the number of names of the val file, and how many of its lines and names are not."""
    told = f"{validation.source}: {counted(len(validation.names), 'name')}"
    if validation.skipped:
        told += f", {counted(validation.skipped, 'line')} left out"
    if names.left_out:
        others = counted(names.left_out, "name")
        told += f", {others} left out with characters that train lacks"
    return told


@singledispatch
def planned(recipe: Recipe, job: Job[Any], form: Form) -> Iterator[str]:  # noqa: ARG001 - dispatched
    """Yield the parts of the model that a job's recipe makes, and its memory when it is served."""
    yield f"contexts of {counted(recipe.block_size, 'symbol')}"


@planned.register
def _(recipe: NetworkRecipe, job: Job[Any], form: Form) -> Iterator[str]:
    vocab_size = len(job.vocabulary)
    network = recipe.network(vocab_size)
    yield counted(sum(each.numel() for each in network.parameters()), "parameter")
    yield counted(recipe.steps, "step")
    if form == "chain":
        every = sum(vocab_size**k for k in range(recipe.block_size + 1))
        # The names that are sampled from the network have contexts that train lacks.
        yield from _chain(min(largest_chain(vocab_size), every), job)
    elif form == "table" and recipe.has_table(vocab_size):
        size = 4 * vocab_size ** (recipe.block_size + 1)
        yield f"a table of {_size(size)}"
        yield f"served in about {_size(SERVER + COPIES * size)}"
    else:
        yield "neither table nor chain: no exact answers"
        yield f"served in about {_size(NETWORK)}"


@planned.register
def _(recipe: KneserNeyRecipe, job: Job[Any], form: Form) -> Iterator[str]:  # noqa: ARG001 - a chain
    yield f"contexts of up to {counted(recipe.block_size, 'symbol')}"
    yield from _chain(_contexts(job), job)


@planned.register
def _(recipe: BigramRecipe, job: Job[Any], form: Form) -> Iterator[str]:  # noqa: ARG001 - a chain
    yield f"contexts of {counted(recipe.block_size, 'symbol')}"
    yield from _chain(len(job.vocabulary), job)


@planned.register
def _(recipe: DistilledRecipe, job: Job[Any], form: Form) -> Iterator[str]:  # noqa: ARG001 - a chain
    teachers = len(recipe.folders) + recipe.ensemble * len(recipe.networks) + 1
    yield counted(teachers, "teacher")
    yield f"contexts of up to {counted(recipe.block_size, 'symbol')}"
    yield from _chain(recipe.states, job)


def _contexts(job: Job[Any]) -> int:
    """Return a bound on the number of different contexts of train: V^k of k symbols, and N each."""
    size, symbols = len(job.vocabulary), sum(len(name) + 1 for name in job.splits[TRAIN])
    return sum(min(size**k, symbols) for k in range(job.recipe.block_size + 1))


def _chain(states: int, job: Job[Any]) -> Iterator[str]:
    """Yield the size of a chain of at most so many states, and its memory when it is served."""
    vocab_size = len(job.vocabulary)
    states = min(states, most_states(vocab_size))
    size = 4 * states * vocab_size
    yield f"a chain of at most {counted(states, 'state')}, {_size(size)}"
    yield f"served in at most about {_size(SERVER + COPIES * size)}"


def _size(size: int) -> str:
    """Return a size in MiB, or in KiB below one MiB."""
    return f"{size / MIB:,.0f} MiB" if size >= MIB else f"{size / 1024:,.1f} KiB"
