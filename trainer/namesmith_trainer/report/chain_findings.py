"""Findings about chains, computed from the run's own numbers, as ``findings`` of networks are."""

from namesmith_trainer.report.diagnostics import ChainDiagnostics
from namesmith_trainer.report.findings import Finding


def memory(run: ChainDiagnostics) -> Finding:
    """Return the finding about the probability of the training names themselves, which is exact."""
    look = (
        "The chain's own probability of drawing a name that it was trained on, summed over all such"
        " names: near 100% it would be a memory and not a model."
    )
    known = run.parts["train"].probability
    val = run.parts["val"]
    shows = f"It draws a training name with the probability {known:.1%}"
    if val.seen.names:
        shows += (
            f"; {val.seen.names:,} of {val.names:,} val names stand in train too and have a loss"
            f" of {val.seen.loss:.4f}, the others of {val.unseen.loss:.4f}"
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
    mean = sum(each.length * each.mass for each in run.lengths)
    shows = (
        f"{longest.states:,} of {states:,} states have the longest contexts, of {longest.length}"
        f" symbols, and {longest.mass:.1%} of the symbols are drawn from them; a symbol is drawn"
        f" from a context of {mean:.1f} symbols on average."
    )
    return Finding(look, shows, good=longest.mass >= longest.states / states / 2)
