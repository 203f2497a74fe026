"""Names 10,000 characters of a game, of two peoples: python examples/stories/npcs.py [HOST:PORT].

A character's name follows from its number: no two characters share one, no table is kept, and
machines that fill different parts of the world need not talk. Start a server first:
namesmith-server
"""

import sys

from namesmith_client import Client, Constraint

SECRET = b"the seed of this world"

PEOPLES = {
    "elves": Constraint(pattern=".*(iel|ia|wen|lan)", min_length=5, max_length=9),
    "dwarves": Constraint(pattern="(b|d|g|k|t).*(ur|in|or|ock)", min_length=4, max_length=7),
}


def main(address: str) -> None:
    """Call the server at an address."""
    with Client(address) as client:
        everybody = set[str]()
        for people, constraint in PEOPLES.items():
            # The 5,000 most probable names of the people, in an order that only the secret tells.
            named = client.name_numbers(
                range(5_000), secret=SECRET, capacity=5_000, constraint=constraint
            )
            print(f"{people}: {', '.join(named.names[:6])}")
            everybody.update(named.names)

            # Who is it? The name alone leads back to the character.
            met = named.names[1234].title()
            found = client.numbers_of_names(
                [met, "nobody"], secret=SECRET, capacity=5_000, constraint=constraint
            )
            print(f"  {met} is number {found.numbers[0]}, nobody is {found.numbers[1]}")
        print(f"{len(everybody):,} different names")


if __name__ == "__main__":
    main(*sys.argv[1:] or ["localhost:50051"])
