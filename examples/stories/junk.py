"""Finds the junk in a column of first names: python examples/stories/junk.py [HOST:PORT].

A form was filled in by people, and by people who would rather not. Start a server first:
namesmith-server
"""

import os
import sys

from namesmith_client import Client

SUBMITTED = ["Maria", "asdfgh", "Thomas", "Xxxxx", "Siobhan", "qwerty", "Ayanna", "hjkl", "Leif"]
"""The names of the form."""

THRESHOLD = 0.05
"""Share of the model's own names that would be taken for junk."""


def main(address: str) -> None:
    """Call the server at an address."""
    with Client(address) as client:
        # The first call to a model finds the distribution of its names, which takes a second.
        scored = client.score([name.lower() for name in SUBMITTED], plausibility=True, timeout=60)
    assert scored.plausibilities is not None
    for name, plausibility in zip(SUBMITTED, scored.plausibilities, strict=True):
        print(f"{name:8} {plausibility:.4f} {'junk' if plausibility < THRESHOLD else ''}".rstrip())


if __name__ == "__main__":
    default = os.environ.get("NAMESMITH_ADDRESS", "localhost:50051")
    main(sys.argv[1] if len(sys.argv) > 1 else default)
