"""Tests of names as tensors."""

from itertools import pairwise

from namesmith_trainer.data import Names, contexts_and_targets


def test_contexts_slide_over_a_name() -> None:
    """A context holds the symbols before its target; the last target is the end symbol."""
    vocabulary = Names.read("us-names").vocabulary()
    contexts, targets = contexts_and_targets(["ab"], vocabulary, 3)
    assert contexts.tolist() == [[0, 0, 0], [0, 0, 1], [0, 1, 2]]
    assert targets.tolist() == [1, 2, 0]
    for (_, *tail), (*head, _) in pairwise(contexts.tolist()):
        assert tail == head
