"""Masked decoding beside the exact conditional distribution, on one constraint.

    python scripts/masking.py [PATTERN]

Masking gives a symbol that leads nowhere the probability 0 and renormalises the rest, step by
step; it returns names that satisfy the constraint, with other probabilities than the model's
own (arXiv 2405.21047). Prints both, computed and not sampled, for the names that masking returns
most often and for those that the model believes in most.
"""

import math
import sys
from collections.abc import Iterator

import numpy as np

from namesmith.bundle import TABLE, Bundle
from namesmith.vocabulary import Vocabulary
from namesmith_server.app.settings import EMBEDDED
from namesmith_server.backends.table import TableBackend
from namesmith_server.engine.admitted import Admitted
from namesmith_server.engine.parameters import Constraint, Language, Sampling
from namesmith_server.engine.product import Product
from namesmith_server.engine.transformed import Transformed

LEAST = 1e-6
"""Prefixes that both reach more rarely are not followed."""

SHOWN = 6


def main() -> None:
    """Prints the table."""
    pattern = sys.argv[1] if len(sys.argv) > 1 else "(kat|z).{2}x"
    vocabulary, product = _product(pattern)
    rows = sorted(_names(product, vocabulary), key=lambda row: -row[1])
    print(f"names that match {pattern}: {math.exp(product.log_probability):.6g} of all")
    print(f"{'name':12}  {'masked':>10}  {'exact':>10}  {'ratio':>8}")
    exact = sorted(rows, key=lambda row: -row[2])[:SHOWN]
    for name, masked, true in dict.fromkeys(rows[:SHOWN] + exact):
        print(f"{name:12}  {masked:10.6f}  {true:10.6f}  {masked / true:8.2f}")
    apart = sum(abs(masked - true) for _, masked, true in rows) / 2
    print(f"total variation distance: at least {apart:.4f}")


def _product(pattern: str) -> tuple[Vocabulary, Product]:
    newest = max((EMBEDDED / "us-names").iterdir(), key=lambda folder: int(folder.name))
    bundle = Bundle.open(newest)  # as the server chooses
    vocabulary = bundle.vocabulary
    table = TableBackend(
        bundle.read(TABLE), len(vocabulary), bundle.manifest.architecture.block_size
    ).table
    constraint = Constraint((), 1, 32, Language(pattern=pattern))
    automaton = Admitted(vocabulary, np.zeros(0, dtype=np.int64)).automaton(constraint)
    return vocabulary, Product(Transformed(table, Sampling()), automaton, constraint)


def _names(product: Product, vocabulary: Vocabulary) -> Iterator[tuple[str, float, float]]:
    """Names with their probabilities, masked and exact, depth first."""
    waiting = [("", 0, 1.0, 1.0)]  # name, state of its layer, probabilities of both
    while waiting:
        name, state, masked, exact = waiting.pop()
        states = np.array([state], dtype=np.int32)
        position = len(name)
        probabilities = product.probabilities(position, states)[0]
        future = product.future(product.success, position, states, end=1)[0]
        allowed = probabilities * (future > 0)
        masks = masked * allowed / allowed.sum()
        exacts = exact * probabilities * future / (probabilities * future).sum()
        if masks[0] > 0:
            yield name, float(masks[0]), float(exacts[0])
        for symbol in range(1, len(vocabulary)):
            if max(masks[symbol], exacts[symbol]) > LEAST:
                after = int(product.advance(position, states, np.array([symbol]))[0])
                waiting.append(
                    (name + vocabulary.symbols[symbol], after, masks[symbol], exacts[symbol])
                )


if __name__ == "__main__":
    main()
