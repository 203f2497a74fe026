"""Findings about chains, computed from the run's own numbers, as ``findings`` of networks are."""

from namesmith_trainer.report.diagnostics import LIMIT, ChainDiagnostics, Teaching
from namesmith_trainer.report.findings import Finding, distance
from namesmith_trainer.words import counted

CLOSE = 0.02
"""Greatest mean divergence from the teachers, in nats a symbol, that leaves names as good."""

ALIKE = 0.5
"""Least share of pairs of equal names of a chain that is close to its teachers."""

FEW = 0.05
"""Share of the states below which the longest contexts cost little, however few names need them."""

UNLIKE = 0.1
"""Least divergence, in nats, at which a state is unlike the teachers."""

RARE = 0.05
"""Greatest share of symbols that may come from states that are unlike the teachers."""


def memory(run: ChainDiagnostics) -> Finding:
    """Return the finding about the probability of the training names themselves, which is exact."""
    look = (
        "The chain's own probability of drawing a name that it was trained on, summed over all such"
        " names: near 100% it would be a memory and not a model."
    )
    known = run.parts["train"].probability
    shows = f"It draws a training name with the probability {known:.1%}"
    if run.teaching:
        shows += f", its teachers with {run.teaching.losses['train'].probability:.1%}"
    val = run.parts["val"]
    if val.seen.names:
        shows += (
            f"; the val loss is {val.seen.loss:.4f} on {counted(val.seen.names, 'name')} that train"
            f" has too, and {val.unseen.loss:.4f} on {val.unseen.names:,} others"
        )
    if val.novel is not None:
        shows += f"; given that a name is new, the val loss is {val.novel:.4f}"
    return Finding(look, f"{shows}.", good=known < 0.5)


def contexts(run: ChainDiagnostics) -> Finding:
    """Return the finding about the lengths of a chain's contexts."""
    look = (
        "A chain knows a symbol by the longest context that it has a state for: many states of long"
        " contexts pay where many symbols are drawn from them."
    )
    longest = run.lengths[-1]
    states = sum(each.states for each in run.lengths)
    share = longest.states / states
    mean = sum(each.length * each.mass for each in run.lengths)
    shows = (
        f"Contexts of {counted(longest.length, 'symbol')}, the longest, have {longest.states:,} of"
        f" {counted(states, 'state')}, and {longest.mass:.1%} of the symbols are drawn from them; a"
        f" symbol is drawn from a context of {mean:.1f} symbols on average."
    )
    return Finding(look, shows, good=share < FEW or longest.mass >= share / 2)


def closeness(run: ChainDiagnostics, teaching: Teaching) -> Finding:
    """Return the finding about the losses of a chain and of its teachers."""
    look = (
        "The mixture should beat every teacher, or it is not worth its trouble; the chain should"
        " lose little to the mixture: it is what is served in the teachers' place."
    )
    chain, mixture = run.losses["val"], teaching.losses["val"].loss
    best = min(teaching.teachers, key=lambda teacher: teacher.losses["val"])
    kl = teaching.kl["val"]
    shows = (
        f"On val the chain is {distance(chain, mixture)} the mixture and"
        f" {distance(chain, best.losses['val'])} the best teacher ({best.recipe}); it diverges from"
        f" the mixture by {kl:.4f} nats a symbol."
    )
    return Finding(look, shows, good=kl <= CLOSE)


def divergence(teaching: Teaching) -> Finding:
    """Return the finding about the divergence by length of context."""
    look = (
        "Pairs of equal height: a taller right bar is a length of context at which the chain"
        " forgets something that its teachers still know, and more states would help."
    )
    lengths = teaching.by_length
    most = max(range(len(lengths)), key=lambda length: lengths[length].share)
    at = lengths[most]
    shows = (
        f"{at.share:.1%} of the divergence arises at contexts of {counted(most, 'symbol')},"
        f" which draw {at.mass:.1%} of the symbols of val,"
        f" {at.kl:.4f} nats each; at the longest contexts it is {lengths[-1].kl:.4f}."
    )
    return Finding(look, shows, good=at.share <= 2 * at.mass)


def unlike(teaching: Teaching) -> Finding:
    """Return the finding about the states that are most unlike the teachers."""
    look = (
        "Left bars at the left: most symbols should come from states that are nearly the teachers;"
        " right bars at the right are few states with much of the divergence."
    )
    above = [i + 1 for i, edge in enumerate(teaching.edges) if edge >= UNLIKE]
    far = [teaching.by_size[i] for i in above]
    shows = (
        f"States that diverge by {UNLIKE:g} nats or more draw"
        f" {sum(each.mass for each in far):.1%} of the symbols of val and hold"
        f" {sum(each.share for each in far):.1%} of the divergence:"
        f" {sum(each.states for each in far):,} of"
        f" {sum(each.states for each in teaching.by_size):,} states that val passes."
    )
    return Finding(look, shows, good=sum(each.mass for each in far) <= RARE)


def pairs(teaching: Teaching) -> Finding:
    """Return the finding about names of the chain beside names of its teachers."""
    look = (
        "The same names: each pair is drawn with the same random numbers, from the chain and from"
        " the mixture of its teachers, so that only their distributions can set them apart."
    )
    drawn = teaching.pairs
    if not drawn.count:
        return Finding(look, "No pair of names was drawn.", good=False)
    share = drawn.same / drawn.count
    shows = (
        f"{share:.1%} of {drawn.count:,} pairs are the same name; a pair in which either draw is"
        f" empty or longer than {LIMIT} characters is left out."
    )
    return Finding(look, shows, good=share >= ALIKE)
