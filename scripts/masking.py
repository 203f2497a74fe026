"""Compare masked decoding with the exact conditional distribution, on one constraint.

    python scripts/masking.py [PATTERN]

Masking gives probability 0 to each symbol after which no name satisfies the constraint, and
renormalises the other symbols, step by step. The names satisfy the constraint, but their
probabilities are not the model's (arXiv 2405.21047). The script prints both probabilities,
computed and not sampled, of the names that are likeliest under masking and of the names that are
likeliest in the model.
"""

import math
import sys
from collections.abc import Iterator

import numpy as np

from namesmith.bundle import Bundle
from namesmith.limits import DEFAULT_MAX_LENGTH, DEFAULT_MIN_LENGTH
from namesmith.vocabulary import Vocabulary
from namesmith_server.app.settings import EMBEDDED, EMBEDDED_DEFAULT
from namesmith_server.backends import TableBackend, open_backend
from namesmith_server.engine.constraints import ConstraintCompiler, kinds
from namesmith_server.engine.distributions import ProcessedTable, Sampling
from namesmith_server.engine.markov import Chain, ConditionedChain, reachable_trellis

LEAST = 1e-6
"""Least probability of a prefix, masked or exact, for its names to be computed."""

SHOWN = 6
"""Number of names printed in each order: by probability with masks, and by the exact one."""


def main() -> None:
    """Print the table of the masked and the exact probabilities of names."""
    pattern = sys.argv[1] if len(sys.argv) > 1 else "(kat|z).{2}x"
    vocabulary, chain = _conditioned_chain(pattern)
    rows = sorted(_names(chain, vocabulary), key=lambda row: -row[1])
    print(f"names that match {pattern}: {math.exp(chain.log_probability):.6g} of all")
    print(f"{'name':12}  {'masked':>10}  {'exact':>10}  {'ratio':>8}")
    exact = sorted(rows, key=lambda row: -row[2])[:SHOWN]
    for name, masked, true in dict.fromkeys(rows[:SHOWN] + exact):
        print(f"{name:12}  {masked:10.6f}  {true:10.6f}  {masked / true:8.2f}")
    apart = sum(abs(masked - true) for _, masked, true in rows) / 2
    print(f"total variation distance: at least {apart:.4f}")


def _conditioned_chain(pattern: str) -> tuple[Vocabulary, ConditionedChain]:
    """Return the model's vocabulary, and the chain of its names that match the pattern."""
    versions = (EMBEDDED / EMBEDDED_DEFAULT).iterdir()
    bundle = Bundle.open(max(versions, key=lambda folder: int(folder.name)))
    vocabulary = bundle.vocabulary
    table = open_backend(TableBackend, bundle).table
    compiler = ConstraintCompiler(vocabulary, training=np.zeros(0, dtype=np.int64))
    dfa = compiler.compile((kinds.Pattern(pattern),), DEFAULT_MAX_LENGTH)
    trellis = reachable_trellis(Chain.from_table(table), dfa, (), DEFAULT_MAX_LENGTH)
    return vocabulary, ConditionedChain(
        ProcessedTable(table, Sampling()), trellis, (), DEFAULT_MIN_LENGTH
    )


def _names(chain: ConditionedChain, vocabulary: Vocabulary) -> Iterator[tuple[str, float, float]]:
    """Yield the names with their masked and exact probabilities, depth first."""
    waiting = [("", 0, 1.0, 1.0)]  # name, state, both probabilities
    while waiting:
        name, state, masked, exact = waiting.pop()
        states = np.array([state], dtype=np.int32)
        position = len(name)
        probabilities = np.exp(chain.log_probs(chain.table.log_probs, position, states)[0])
        completion = chain.lookahead(chain.completion, position, states, 1)[0]
        allowed = probabilities * (completion > 0)
        masks = masked * allowed / allowed.sum()
        weights = probabilities * completion
        exacts = exact * weights / weights.sum()
        if masks[0] > 0:
            yield name, float(masks[0]), float(exacts[0])
        for symbol in range(1, len(vocabulary)):
            if max(masks[symbol], exacts[symbol]) > LEAST:
                after = int(chain.advance(position, states, np.array([symbol]))[0])
                waiting.append(
                    (name + vocabulary.symbols[symbol], after, masks[symbol], exacts[symbol])
                )


if __name__ == "__main__":
    main()
