"""Samples names and asks for their probabilities: python examples/generate.py [HOST:PORT].

Start a server first: namesmith-server
"""

import sys

from namesmith_client import Client, NotFoundError


def main(address: str) -> None:
    """Call the server at an address."""
    # A client is made once and shared between threads; leaving the block closes it.
    with Client(address, timeout=10) as client:
        client.wait_ready()

        # Ten names. The seed is optional: it makes the names the same at every run.
        result = client.generate(10, seed=42, log_probs=True)
        assert result.log_probs is not None  # asked for above
        for name, log_prob in zip(result.names, result.log_probs, strict=True):
            print(f"{name:20} {log_prob:8.3f}")

        # The natural-log probability of names of your own.
        scored = client.score(["anna", "otto", "xzqj"])
        print(dict(zip(scored.names, scored.log_probs, strict=True)))

        # A failed call raises one of the errors of namesmith_client.
        try:
            client.generate(1, model="no-such-model")
        except NotFoundError as error:
            print(f"refused: {error}")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "localhost:50051")
