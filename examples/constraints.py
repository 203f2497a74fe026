"""Asks for names that satisfy a constraint: python examples/constraints.py [HOST:PORT].

Start a server first: namesmith-server
"""

import sys

from namesmith_client import Client, FailedPreconditionError, SamplingAndConstraint


def main(address: str) -> None:
    """Call the server at an address."""
    # Settings that are kept in a dictionary can be passed to every operation that samples.
    settings: SamplingAndConstraint = {
        "pattern": "ka.*(a|o)",  # the whole name matches
        "max_length": 6,
        "forbidden": ["kayla"],
        "novel": True,  # no name that the model was trained on
    }
    with Client(address) as client:
        # Names are never cut or retried to fit: they are drawn from the conditional distribution.
        print("drawn:", client.generate(5, seed=1, distinct=True, **settings).names)

        # How probable is it that a name of the model satisfies the constraint, and which are the
        # most probable names? Both answers are exact.
        measured = client.measure(**settings)
        print(f"probability: {measured.probability:.3g}, names: {measured.names:.0f}")
        print("most probable:", client.top(3, **settings).names)

        # A constraint that no name satisfies is an error, not an endless search.
        try:
            client.generate(1, pattern="anna", suffix="o")
        except FailedPreconditionError as error:
            print(f"refused: {error}")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "localhost:50051")
