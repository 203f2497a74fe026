"""Rows drawn in lockstep where torch computes: on CUDA, or on CPU tensors.

    load ---> slots [capacity, columns] ---gather---> k steps ---scatter---> slots
                                             |
                                 flags and symbols, to the host

A row is a line of one matrix of 64-bit numbers on the device, in a slot of its own, with all that
its next symbols depend on. A *flight* gathers the lines of some slots, draws a few symbols for each
of them and writes the lines back, so that rows of any requests fly together, a pause is a flight
without the slot, and nothing is ever moved. On CUDA a flight is a graph, captured beforehand for
each of a few sizes: one launch in place of a few hundred.
"""

from namesmith_server.backends.lockstep.rows import LockstepRows

__all__ = ["LockstepRows"]
