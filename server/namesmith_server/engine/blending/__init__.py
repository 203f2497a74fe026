"""Blends: the mixture of several models, which is a model itself.

P(next | history) = sum of w_i P_i(next | history): every part reads the history in contexts of its
own length, and the vocabularies are united. A part gives a symbol that it lacks probability 0;
while such a symbol stands in its context the part is silent, and the others share its weight.

    alphabet   the united vocabulary, and each part's symbols in it
    walks      the states of a part along names of the united vocabulary
    product    the states of several parts together
    mixture    the mixed distributions
    backends   the backends of blends: of chains a chain, else the parts' backends
    blend      the assembly of a blend
"""

from namesmith_server.engine.blending.blend import Blend, blend_models, estimated_size

__all__ = ["Blend", "blend_models", "estimated_size"]
