"""Trellises: which states of a chain and a DFA names reach, and the bounds on what they cost."""

import tracemalloc

import numpy as np
import pytest

from enumeration import SIZE, conditioned, table
from namesmith.vocabulary import END, Vocabulary
from namesmith_server.engine import Chain, Codec, Constraint, ContentConstraint, Sampling, kinds
from namesmith_server.engine.constraints import DEAD, ConstraintCompiler, Dfa, anything
from namesmith_server.engine.constraints.dfa import nothing
from namesmith_server.engine.errors import TooComplexError
from namesmith_server.engine.markov import budget, free_trellis, reachable_trellis
from namesmith_server.engine.markov import trellis as trellis_module

LETTERS = Vocabulary.of(["abcdefghijklmnopqrstuvwxyz"])
LARGE = 131_072


def large_chain(states: int) -> Chain:
    """Return a chain of random successors, of which two states share a row."""
    rng = np.random.default_rng(0)
    rows = (states + 1) // 2
    successors = rng.integers(states, size=(rows, len(LETTERS)), dtype=np.int32)
    log_probs = np.full((states, len(LETTERS)), -np.log(len(LETTERS)), dtype=np.float32)
    return Chain(log_probs, np.arange(states, dtype=np.int32) // 2, successors, 0)


def word(name: str) -> tuple[int, ...]:
    """Return the symbols of a name."""
    return tuple(LETTERS.encode(name))


def random_dfa(states: int) -> Dfa:
    """Return a DFA of random transitions: with a chain it reaches every pair of states."""
    rng = np.random.default_rng(0)
    moves = rng.integers(states, size=(states, len(LETTERS)), dtype=np.int32)
    moves[:, END] = DEAD
    return Dfa(moves, np.ones(states, dtype=bool))


@pytest.mark.parametrize(
    "content",
    [
        (kinds.Suffix(word("lyn")),),
        (kinds.Contains(word("izz")),),
        (kinds.Pattern("(an|el).*"),),
        (kinds.Pattern(".*a.*e.*"),),
        (kinds.Novel(), kinds.Forbidden((word("anna"), word("bob")))),
    ],
)
def test_usual_constraints_are_admitted_on_a_large_chain(
    content: tuple[ContentConstraint, ...],
) -> None:
    """A chain of 131,072 states takes usual constraints at the largest lengths."""
    names = Codec(LETTERS).encode(["emma", "olivia", "ava"] * 3)
    dfa = ConstraintCompiler(LETTERS, names).compile(content, 64)
    trellis = reachable_trellis(large_chain(LARGE), dfa, (), 64)
    assert len(trellis.layers) == 65


@pytest.mark.parametrize(
    ("bound", "value", "states", "told"),
    [
        ("MAX_LAYER_BYTES", 4 << 20, 40, "[0-9]+ bytes of states .* the bound is 4194304"),
        ("MAX_VALUE_BYTES", 1 << 20, 4, "[0-9]+ bytes of probabilities .* the bound is 1048576"),
        ("MAX_PRODUCTS", 1 << 20, 4, "[0-9]+ products of .* the bound is 1048576"),
        ("MAX_SORTED", 1 << 14, 200_000, "[0-9]+ pairs of states .* the bound is 16384"),
    ],
)
def test_a_product_beyond_a_bound_is_refused_before_it_is_made(
    bound: str, value: int, states: int, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A DFA that multiplies the states is refused with number and bound, and takes no more memory.

    The indices of the pairs that are refused have been found, not written.
    """
    monkeypatch.setattr(budget, bound, value)
    monkeypatch.setattr(trellis_module, "FEW_RECURRENT", states)  # layers are found one by one
    chain, dfa = large_chain(2_000), random_dfa(states)
    tracemalloc.start()
    with pytest.raises(TooComplexError, match=told):
        reachable_trellis(chain, dfa, (), 64)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 16 << 20


def test_a_layer_of_all_pairs_beyond_a_bound_is_refused_while_it_is_found() -> None:
    """The refusal tells the least that is needed, and no max_length: which would fit is unknown."""
    told = "takes at least 67109120 bytes of probabilities .* the bound is 67108864; simplify it$"
    with pytest.raises(TooComplexError, match=told):
        reachable_trellis(large_chain(2_000), random_dfa(2_000), (), 64)


@pytest.mark.parametrize(
    ("bound", "value"),
    [("MAX_LAYER_BYTES", 1 << 20), ("MAX_VALUE_BYTES", 1 << 20), ("MAX_PRODUCTS", 1 << 22)],
)
def test_the_max_length_that_a_refusal_names_fits_and_no_longer_one_does(
    bound: str, value: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The advice is the largest max_length that is not refused, also behind a prefix."""
    monkeypatch.setattr(budget, bound, value)
    chain, dfa = large_chain(2_000), random_dfa(4)
    for prefix in ((), (1, 2)):
        with pytest.raises(TooComplexError) as refused:
            reachable_trellis(chain, dfa, prefix, 64)
        fitting = int(str(refused.value).rpartition("a max_length of at most ")[2])
        trellis = reachable_trellis(chain, dfa, prefix, fitting)
        assert len(trellis.layers) == fitting + 1 - len(prefix)
        with pytest.raises(TooComplexError):
            reachable_trellis(chain, dfa, prefix, fitting + 1)


def test_only_states_that_can_be_reached_are_kept() -> None:
    """A pattern of one way on leaves one state a length."""
    constraint = Constraint((1, 2), 0, 6, (kinds.Pattern("ab(cd)*"),))
    found = conditioned(0, Sampling(), constraint)
    assert [len(layer.chain_states) for layer in found.trellis.layers] == [1] * 5
    assert [len(values) - 1 for values in found.completion] == [1] * 6


def test_a_free_trellis_holds_every_state_and_a_reachable_one_the_reached_states() -> None:
    """The DFA of everything reaches one context, its followers, then every context but a few."""
    chain = Chain.from_table(table(0))
    free = free_trellis(chain, 4)
    assert free.free
    assert all(layer.chain_states.tolist() == list(range(25)) for layer in free.layers)
    reached = reachable_trellis(chain, anything(SIZE), (), 4)
    assert not reached.free
    contexts = [sorted(layer.chain_states.tolist()) for layer in reached.layers]
    assert contexts[:2] == [[0], [1, 2, 3, 4]]
    assert contexts[2] == [SIZE * a + b for a in range(1, SIZE) for b in range(1, SIZE)]
    assert reached.layers[2] is reached.layers[4]  # equal layers are one object


def test_a_trellis_without_a_name_has_no_layers() -> None:
    """A prefix that the DFA does not admit leads nowhere."""
    empty = reachable_trellis(Chain.from_table(table(0)), nothing(SIZE), (1,), 4)
    assert empty.layers == []
    assert empty.size == 0
