"""The rows of a batch: each carries all that its next symbol depends on."""

import numpy as np
from numpy.typing import NDArray

from namesmith.vocabulary import END
from namesmith_server.engine.arrays import Floats
from namesmith_server.engine.parameters import MAX_LENGTH, Samplings
from namesmith_server.engine.random import draws, uniforms

Rows = NDArray[np.void]
"""[B], of the fields of ``layout``."""


def layout(block_size: int) -> np.dtype[np.void]:
    """The fields of a row; the first nine are those of a Row in _look.c."""
    return np.dtype(
        [
            ("job", object),
            ("row", np.int64),  # of the order
            ("key", np.uint64),
            ("attempt", np.uint64),
            ("position", np.int64),
            ("prefix", np.int64),  # characters of it
            ("shortest", np.int64),
            ("longest", np.int64),
            ("temperature", np.float64),
            ("top_k", np.int64),
            ("top_p", np.float64),
            ("min_p", np.float64),
            ("plain", np.bool_),  # nothing is cut, and no chain tells what may follow
            ("context", np.int64, (block_size,)),
            ("first", np.int64, (block_size,)),  # context, to which a further attempt returns
            ("symbols", np.int32, (MAX_LENGTH + 1,)),
        ],
        align=True,
    )


def samplings(rows: Rows) -> Samplings:
    """How each row is drawn: an array [B] of each setting."""
    return Samplings(*(rows[setting] for setting in Samplings._fields))


def next_draws(rows: Rows) -> Floats:
    """The next draw of each row, in [0, 1), [B]."""
    counter = rows["attempt"] << np.uint64(32) | rows["position"].astype(np.uint64)
    return uniforms(draws(rows["key"], counter))


def factors(rows: Rows, vocab_size: int) -> Floats:
    """What the probability of each row's next symbols is weighed by, [B, V].

    With a chain, the probability of success. Without one nothing is known of what follows, and a
    name that does not satisfy the constraint is tried again; the end symbol is excluded at the
    first step where it would make the name too short, which is that rejection, taken at once.
    """
    factors = np.ones((vocab_size, len(rows))).T  # symbols first in memory, as look() takes them
    factors[:, END] = (rows["position"] > rows["prefix"]) | (rows["prefix"] >= rows["shortest"])
    jobs = dict.fromkeys(rows["job"])
    for chain in {id(job.chain): job.chain for job in jobs if job.chain}.values():
        of_chain = [job.chain is chain for job in rows["job"]]
        some = rows[of_chain]
        factors[of_chain] = chain.factors(some["position"], chain.rows(some["context"]))
    return factors
