"""Masked decoding beside the exact conditional distribution, on one constraint.

    python scripts/masking.py [PATTERN]

Masking gives a symbol that leads nowhere the probability 0 and renormalises the rest, step by
step; it returns names that satisfy the constraint, with other probabilities than the model's own
(arXiv 2405.21047). The script prints both probabilities, computed and not sampled, of the names
that masking returns most often and of the names that are most probable under the model.
"""

import math
import sys
from collections.abc import Iterator

import numpy as np

from namesmith.bundle import Bundle
from namesmith.vocabulary import END, Vocabulary
from namesmith_server.app.settings import EMBEDDED
from namesmith_server.backends import TableBackend, open_backend
from namesmith_server.engine import Chain, Constraint, Sampling, kinds
from namesmith_server.engine.constraints import ConstraintCompiler
from namesmith_server.engine.distributions import ProcessedTable
from namesmith_server.engine.markov import ConditionedChain, reachable_trellis

LEAST = 1e-6
"""Least probability of a prefix that is followed, by either way of drawing."""

SHOWN = 6
"""Names that are shown of each way of drawing."""


def main() -> None:
    """Prints the table."""
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
    """Returns the vocabulary of the embedded model, and its chain given the pattern."""
    newest = max((EMBEDDED / "us-names").iterdir(), key=lambda folder: int(folder.name))
    bundle = Bundle.open(newest)  # as the server chooses
    vocabulary = bundle.vocabulary
    chain = Chain.from_table(open_backend(TableBackend, bundle).table)
    prefix, min_length, max_length, content = Constraint(content=(kinds.Pattern(pattern),))
    compiler = ConstraintCompiler(vocabulary, training=np.zeros(0, dtype=np.int64))
    dfa = compiler.compile(content, max_length)
    trellis = reachable_trellis(chain, dfa, prefix, max_length)
    table = ProcessedTable(chain.log_probs, Sampling())
    return vocabulary, ConditionedChain(table, trellis, prefix, min_length)


def _names(chain: ConditionedChain, vocabulary: Vocabulary) -> Iterator[tuple[str, float, float]]:
    """Yields names with their probabilities, masked and exact, depth first."""
    waiting = [("", 0, 1.0, 1.0)]  # name, state of its layer, probabilities of both
    while waiting:
        name, state, masked, exact = waiting.pop()
        states = np.array([state], dtype=np.int32)
        position = len(name)
        layer = chain.trellis.layers[position]
        probabilities = chain.table.probabilities[layer.chain_states[state]]
        completion = chain.factors(position, states)[0]
        allowed = probabilities * (completion > 0)
        masks = masked * allowed / allowed.sum()
        exacts = exact * probabilities * completion / (probabilities * completion).sum()
        if masks[END] > 0:
            yield name, float(masks[END]), float(exacts[END])
        for symbol in range(END + 1, len(vocabulary)):
            if max(masks[symbol], exacts[symbol]) > LEAST:
                after = int(chain.advance(position, states, np.array([symbol]))[0])
                waiting.append(
                    (name + vocabulary.symbols[symbol], after, masks[symbol], exacts[symbol])
                )


if __name__ == "__main__":
    main()
