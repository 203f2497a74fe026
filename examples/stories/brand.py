"""A brand name: easy to say, without a word that embarrasses, and nobody's real name.

    python examples/stories/brand.py [HOST:PORT]

Start a server first: namesmith-server
"""

import os
import sys

from namesmith_client import Client, SamplingAndConstraint

WISHES: SamplingAndConstraint = {
    "pattern": "([bdklmnprtvz][aeiou]){2,3}[nrx]?",  # consonants and vowels in turns
    "min_length": 5,
    "max_length": 7,
    "excludes": ["kak", "lada", "nazi", "pipi"],  # up to 10,000, anywhere in the name
    "not_pattern": ".*(an|en|a)",  # too much like a person's
    "min_distance": 2,  # two edits at least from every name that the model learned from
}


def main(address: str) -> None:
    """Call the server at an address."""
    with Client(address) as client:
        measured = client.measure(**WISHES)
        print(f"one name in {1 / measured.probability:,.0f} fits")
        print("drawn:", *client.generate(6, seed=1, distinct=True, **WISHES).names)
        print("most probable:", *client.top(6, **WISHES).names)


if __name__ == "__main__":
    default = os.environ.get("NAMESMITH_ADDRESS", "localhost:50051")
    main(sys.argv[1] if len(sys.argv) > 1 else default)
