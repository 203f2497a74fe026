"""Publishes without end, in a process of its own that is killed, again and again.

    python publisher.py REPOSITORY LIVES SEED

Forks: nothing here has threads, and a life costs a millisecond.
"""

import os
import random
import signal
import sys
import time
from pathlib import Path

from namesmith.manifest import FORMAT_VERSION
from namesmith.v1 import manifest_pb2 as pb
from namesmith_trainer.repository import publish


def manifest() -> pb.Manifest:
    """The least that a reader accepts."""
    return pb.Manifest(
        format_version=FORMAT_VERSION,
        model="m",
        vocabulary=pb.Vocabulary(symbols=".a"),
        architecture=pb.Architecture(block_size=1),
    )


def main() -> None:
    """Lives so many lives, each ended by SIGKILL within 100 ms."""
    repository, lives, seed = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    moments = random.Random(seed)  # noqa: S311 - a test's moments
    files = {"model.onnx": bytes(200_000), "splits/val.txt": b"a\n" * 20_000}
    for _ in range(lives):
        life = os.fork()
        if not life:
            while True:
                publish(repository, manifest(), files)
        time.sleep(moments.uniform(0, 0.1))
        os.kill(life, signal.SIGKILL)
        os.waitpid(life, 0)


if __name__ == "__main__":
    main()
