"""Chains: models whose states are contexts of different lengths, and counted models.

``Chain`` is what a run of these models ends with and what is served; ``KneserNey`` and
``bigram_chain`` count. This
package knows numpy; it knows no tensors of torch, no files and no recipes.
"""

from namesmith_trainer.chains.arrays import Integers, Reals
from namesmith_trainer.chains.bigrams import bigram_chain
from namesmith_trainer.chains.chain import Chain, Context
from namesmith_trainer.chains.kneser_ney import KneserNey
from namesmith_trainer.chains.trie import Trie

__all__ = ["Chain", "Context", "Integers", "KneserNey", "Reals", "Trie", "bigram_chain"]
