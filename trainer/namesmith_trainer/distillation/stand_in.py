"""A chain that stands for a network: the contexts that occur, with the network's distributions.

A table holds every context of L symbols, of which nearly none occurs where the symbols are many: of
63^3 contexts of Greek names one in fifty. The chain keeps the contexts that occur in the train
split and in names sampled from the network, as long as they are worth their room. A kept context of
L symbols, or one that begins a name, determines what the network sees: it has the network's own
distribution, as its row of a table would. Any other context has the average over the histories that
fall to it.
"""

from collections.abc import Callable, Generator
from dataclasses import replace
from json import dumps
from typing import Literal, get_args

import torch
from torch import nn

from namesmith.bundle import TABLE_LIMIT
from namesmith.vocabulary import END
from namesmith_trainer.chains import Chain, Context
from namesmith_trainer.distillation.contexts import ContextTree
from namesmith_trainer.distillation.fits import teacher_fits
from namesmith_trainer.distillation.histories import Histories
from namesmith_trainer.distillation.phases import choose_chain, meet_names
from namesmith_trainer.distillation.state_choice import Bounds
from namesmith_trainer.distillation.teachers import ask_network
from namesmith_trainer.models import NetworkRecipe, Recipe, RecipeError
from namesmith_trainer.training import (
    Job,
    NetworkRun,
    Progress,
    Run,
    StandIn,
    Teacher,
    Watch,
    chain_losses,
    most_states,
    watched,
)

Form = Literal["table", "chain", "network"]
"""Form that a network is published in, beside ONNX and TorchScript: a table, a chain, or none."""

FORMS: tuple[Form, ...] = get_args(Form)

CELLS = 1 << 20
"""Number of log-probabilities of a chain, S x V, and of the largest table that is published unless
it is asked for: 4 MiB, of which a server makes some 20 MiB."""

FEW_STATES = 4_096
"""Number of states of a chain with so many symbols that ``CELLS`` would leave fewer."""

MOST_CELLS = 1 << 22
"""Largest number of log-probabilities of any chain that stands for a network: 16 MiB."""

SHORT = 4
"""Most symbols of a context for which a chain is made unless one is asked for. Longer contexts
seldom occur twice, and the chain forgets more of the network; ``distilled`` is their recipe."""

SAMPLED_NAMES = 100_000
"""Largest number of names that are sampled from a network."""

SAMPLED_CELLS = 1 << 26
"""Number of probabilities behind the sampled histories at which sampling ends: 256 MiB."""

CHUNK = 1 << 14
"""Number of contexts that the folded network computes at once."""


def choose_form(asked: Form | None, recipe: Recipe, vocab_size: int) -> Form:
    """Return the form in which a recipe's model is published.

    Args:
        asked: form that was asked for; None: a table of at most ``CELLS`` numbers, else a chain
            where contexts have at most ``SHORT`` symbols, else the network alone.
        recipe: recipe of the model.
        vocab_size: number of symbols V.

    Raises:
        RecipeError: the recipe makes a chain, and another form is asked for; or a table is asked
            for that no bundle may hold.
    """
    if not isinstance(recipe, NetworkRecipe):
        if asked not in {None, "chain"}:
            raise RecipeError(f"form: the recipe {recipe.name} makes a chain, not a {asked}")
        return "chain"
    if asked == "table" and not recipe.has_table(vocab_size):
        raise RecipeError(
            f"form: {vocab_size} symbols and block_size {recipe.block_size} make a table of more"
            f" than {TABLE_LIMIT} bytes; a chain has no such limit"
        )
    if asked:
        return asked
    if recipe.has_table(vocab_size) and vocab_size ** (recipe.block_size + 1) <= CELLS:
        return "table"
    return "chain" if recipe.block_size <= SHORT else "network"


def in_form(run: Run, form: Form, watch: Watch, *, stop: Callable[[], bool] = lambda: False) -> Run:
    """Return a finished run as it is published in a form.

    Args:
        run: finished run.
        form: a form that ``choose_form`` returned for the run's recipe.
        watch: function that is given the events of the making of a chain.
        stop: function that is called after every event; a result of True ends the work.

    Raises:
        StoppedError: ``stop`` returned True.
    """
    if not isinstance(run, NetworkRun) or form == "table":
        return run
    if form == "network":
        losses = {split: replace(loss, novel=None) for split, loss in run.split_losses.items()}
        return replace(run, with_table=False, split_losses=losses)
    return watched(_standing(run, stop), watch)


def largest_chain(vocab_size: int) -> int:
    """Return the largest number of states of a chain that stands for a network, >= 1."""
    cells = min(max(CELLS, FEW_STATES * vocab_size), MOST_CELLS)
    return min(max(cells // vocab_size, 1), most_states(vocab_size))


def _standing(run: NetworkRun, stop: Callable[[], bool]) -> Generator[Progress, None, NetworkRun]:
    """Return the run with a chain in the network's place."""
    job = Job(
        run.data,
        run.splits,
        run.vocabulary,
        run.recipe,
        run.batch_seed,
        run.device,
        stop=stop,
    )
    length, symbols = run.recipe.block_size, len(run.vocabulary)
    histories = Histories(ask_network(run.network.log_probs, run.device), length, symbols)
    sampled = yield from meet_names(job, histories, length, SAMPLED_NAMES, SAMPLED_CELLS)
    tree = ContextTree(histories, length)
    chosen = yield from choose_chain(job, tree, Bounds(largest_chain(symbols)))
    chain = _with_own_distributions(chosen, run.network.fold(), length)
    fits = teacher_fits(job, histories, length, chain)
    stand_in = StandIn(chain, (_teacher(run),), sampled, fits)
    return replace(run, stand_in=stand_in, split_losses=chain_losses(job, chain))


def _with_own_distributions(chain: Chain, folded: nn.Module, block_size: int) -> Chain:
    """Return the chain with a network's own distributions where a state tells all that it sees.

    Args:
        chain: chain whose contexts have up to ``block_size`` symbols.
        folded: the network in float64, from contexts [B, L] to log-probabilities [B, V].
        block_size: number of symbols of the network's context, L.
    """
    whole = [i for i, context in enumerate(chain.contexts) if _is_whole(context, block_size)]
    padded = [(END,) * (block_size - len(chain.contexts[i])) + chain.contexts[i] for i in whole]
    log_probs = chain.log_probs.copy()
    for at in range(0, len(whole), CHUNK):
        part = slice(at, at + CHUNK)
        with torch.no_grad():
            log_probs[whole[part]] = folded(torch.tensor(padded[part])).numpy()
    return replace(chain, log_probs=log_probs)


def _is_whole(context: Context, block_size: int) -> bool:
    """Return whether one context of the network alone ends in a context of a state."""
    return len(context) == block_size or context[:1] == (END,)


def _teacher(run: NetworkRun) -> Teacher:
    """Describe the network as the chain's only teacher."""
    settings = run.recipe.described()
    name = str(settings.pop("name"))
    described = {key: dumps(value) for key, value in settings.items()}
    return Teacher(name, described, run.batch_seed, 1.0, run.losses)
