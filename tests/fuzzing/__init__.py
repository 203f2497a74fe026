"""Fuzzing by hypothesis: strategies for hostile bytes and messages, and the corpus of examples.

A test of ``tests/fuzz`` replays its target's corpus, the folder ``tests/fuzz/corpus/TARGET``, and
then tries examples that hypothesis makes: few and always the same ones in the ordinary suite,
``NAMESMITH_FUZZ`` fresh ones in each test of ``make fuzz``. There, an example that fails is kept in
the corpus as ``failed-...``, to be named and committed.
"""

from fuzzing.corpus import Corpus
from fuzzing.messages import messages
from fuzzing.mutations import mutated
from fuzzing.profile import fuzzed
from fuzzing.watched import WatchedServer

__all__ = ["Corpus", "WatchedServer", "fuzzed", "messages", "mutated"]
