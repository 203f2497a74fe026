"""Excluded texts: one layer of all pairs, one chain for all prefixes, two lists as one."""

import itertools

import numpy as np
import pytest

from enumeration import CODEC, SIZE, VOCABULARY, table
from namesmith_server.engine import Chain, Constraint, Sampling, kinds
from namesmith_server.engine.constraints.aho_corasick import containing_none
from namesmith_server.engine.constraints.dfa import Dfa
from namesmith_server.engine.distributions import ProcessedTable, row_keys
from namesmith_server.engine.errors import UnsatisfiableError
from namesmith_server.engine.markov import (
    ConditionedChain,
    reachable_trellis,
    recurrent_trellis,
    sample_batch,
    trellis,
)

TEXTS = sorted(
    "".join("abcd"[i] for i in np.random.default_rng(seed).integers(0, 4, size=3 + seed % 6))
    for seed in range(40)
)
LONGEST = 8


def excluding_texts() -> Dfa:
    """Return the DFA of the names that hold none of the texts."""
    return containing_none(CODEC.encode(TEXTS), SIZE)


def test_a_text_that_goes_on_behind_another_takes_no_states() -> None:
    """No name comes to its states."""
    longer = [f"{text}a" for text in TEXTS] + [f"{text}bc" for text in TEXTS]
    assert len(containing_none(CODEC.encode([*TEXTS, *longer]), SIZE).table) == len(
        excluding_texts().table
    )


def test_one_layer_of_all_pairs_gives_the_numbers_of_many_layers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Probability, expected length, count and names are those of the layers found one by one."""
    chain, dfa = Chain.from_table(table(1)), excluding_texts()
    processed = ProcessedTable(table(1), Sampling())
    keys = row_keys(5, 0, 200)
    for prefix in ((), (1,), (2, 3)):
        layered = ConditionedChain(
            processed, reachable_trellis(chain, dfa, prefix, LONGEST), prefix, 1
        )
        monkeypatch.setattr(trellis, "FEW_RECURRENT", 0)
        shared = ConditionedChain(
            processed, reachable_trellis(chain, dfa, prefix, LONGEST), prefix, 1
        )
        monkeypatch.undo()
        free = ConditionedChain(processed, recurrent_trellis(chain, dfa, LONGEST), prefix, 1)
        names = sample_batch(layered, prefix, keys).tolist()
        for other in (shared, free):
            assert len({id(layer) for layer in other.trellis.layers}) == 1
            assert other.log_probability == pytest.approx(layered.log_probability, rel=1e-12)
            assert other.expected_length == pytest.approx(layered.expected_length, rel=1e-12)
            assert other.count == layered.count
            assert sample_batch(other, prefix, keys).tolist() == names


def test_a_prefix_that_holds_an_excluded_text_leaves_no_name() -> None:
    """The chain of all prefixes refuses that one."""
    chain = recurrent_trellis(Chain.from_table(table(1)), excluding_texts(), LONGEST)
    conditioned = ConditionedChain(ProcessedTable(table(1), Sampling()), chain, (), 1)
    prefix = tuple(VOCABULARY.encode(TEXTS[0]))
    assert conditioned.start_or_none(prefix) is None
    with pytest.raises(UnsatisfiableError):
        conditioned.start(prefix)


def test_lists_that_are_joined_exclude_the_texts_of_both() -> None:
    """The server's list and the request's become one automaton."""
    one, other = (kinds.Excludes(CODEC.encode(texts)) for texts in (TEXTS[:9], TEXTS[9:]))
    joined = one.joined(other)
    assert joined == kinds.Excludes(CODEC.encode(TEXTS))
    words = ["".join(word) for word in itertools.product("abcd", repeat=6)]
    admitted = joined.dfa(VOCABULARY).admitted(CODEC.encode(words))
    assert admitted.tolist() == [not any(text in word for text in TEXTS) for word in words]
    assert Constraint(content=(joined,)) == Constraint(
        content=(kinds.Excludes(CODEC.encode(TEXTS)),)
    )
