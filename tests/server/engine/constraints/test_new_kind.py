"""A kind of constraint takes one class: this file defines one, and names are drawn under it."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from hypothesis import strategies as st

from chi_square import assert_follows
from enumeration import CODEC, COMPILER, SIZE, VOCABULARY, enumerated, table
from namesmith.vocabulary import END, Vocabulary
from namesmith_server.engine import Chain, Constraint, ContentConstraint, GenerateRequest, Sampling
from namesmith_server.engine.concurrency import CooperativeExecutor
from namesmith_server.engine.constraints import DEAD, Dfa
from namesmith_server.engine.samplers import ChainSampler, ConditionedChains
from server.engine.constraints.laws import ConstraintLaws


@dataclass(frozen=True)
class NoDoubles(ContentConstraint):
    """No two neighbours in a name are the same symbol, the symbols of ``free`` aside."""

    free: tuple[int, ...] = ()

    def dfa(self, vocabulary: Vocabulary) -> Dfa:
        """Return the DFA whose state is the symbol before the next one."""
        table = np.tile(np.arange(len(vocabulary), dtype=np.int32), (len(vocabulary), 1))
        barred = [symbol for symbol in range(len(vocabulary)) if symbol not in self.free]
        table[barred, barred] = DEAD
        table[:, END] = DEAD
        return Dfa(table, np.ones(len(vocabulary), dtype=bool))


def has_no_doubles(word: tuple[int, ...], free: tuple[int, ...]) -> bool:
    """Tell whether a name satisfies ``NoDoubles``, pair by pair."""
    return all(one != next_one or one in free for one, next_one in pairwise(word))


class TestNoDoubles(ConstraintLaws):
    """The kind of this file keeps the laws."""

    kind = NoDoubles
    constraints = st.sets(st.integers(1, SIZE - 1)).map(sorted).map(tuple).map(NoDoubles)

    @staticmethod
    def satisfies(word: tuple[int, ...], constraint: ContentConstraint) -> bool:
        """Tell whether a name satisfies the kind of this file."""
        assert isinstance(constraint, NoDoubles)
        return has_no_doubles(word, constraint.free)


async def test_names_are_drawn_under_a_new_kind(executor: ThreadPoolExecutor) -> None:
    """The sampler draws from the conditional distribution of a kind that it has never seen."""
    cooperative = CooperativeExecutor()
    chains = ConditionedChains(Chain.from_table(table(3)), COMPILER, executor, cooperative)
    lengths = Constraint((), 0, 5)
    request = GenerateRequest(20_000, 7, constraint=lengths._replace(content=(NoDoubles(),)))
    chunk = await ChainSampler(chains, executor, cooperative).sample(request)
    cooperative.shutdown(cancel_futures=True)
    expected = {
        name: probability
        for name, probability in enumerated(3, Sampling(), lengths).items()
        if has_no_doubles(tuple(VOCABULARY.encode(name)), ())
    }
    assert_follows(Counter(CODEC.decode(chunk.names)), expected)
