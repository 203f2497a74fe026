"""Program that publishes without end, in processes that are killed one after another.

    python publisher.py REPOSITORY LIVES SEED

Each process is a fork of this one, which costs milliseconds where an import of torch costs seconds;
``publish`` uses no thread that a fork would lose.
"""

import os
import random
import signal
import sys
import time
from pathlib import Path

from namesmith.manifest import FORMAT_VERSION
from namesmith.v1 import manifest_pb2 as pb
from namesmith_trainer.publish import publish


def manifest() -> pb.Manifest:
    """Make the smallest manifest that a reader accepts."""
    return pb.Manifest(
        format_version=FORMAT_VERSION,
        model="m",
        vocabulary=pb.Vocabulary(symbols=".a"),
        architecture=pb.Architecture(block_size=1),
    )


def main() -> None:
    """Write a line once all is imported, then run LIVES publishers, each killed in 100 ms."""
    repository, lives, seed = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    moments = random.Random(seed)  # noqa: S311 - no secret
    sys.stdout.write("imported\n")
    sys.stdout.flush()
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
