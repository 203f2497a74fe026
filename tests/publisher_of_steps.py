"""Program that publishes, and is stopped at every step that touches the disk, one after another.

    python publisher_of_steps.py kill|full|short|kept REPOSITORY

``kill``: each fork of the program is killed at its next step, and another publishes after it.
``full``: from its next step on, each fork finds the disk full, and must say so and leave nothing.
``short``: as ``full``, but the disk takes the first bytes of a file, more each time.
``kept``: as ``short``, with a run in memory, which must be kept whole once the disk can hold it.

Prints a line for each fork, then ``done`` with the number of steps of a whole publication. Checks
itself, and ends with a traceback where a reader would see a version that is not whole.
"""

import errno
import os
import resource
import signal
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from namesmith.bundle import Bundle
from namesmith.manifest import FORMAT_VERSION
from namesmith.v1 import manifest_pb2 as pb
from namesmith_trainer.cli.publishing import kept_at_failure
from namesmith_trainer.publish import publish
from namesmith_trainer.publish.repository import PARTIAL
from namesmith_trainer.training import Checkpoint

FILES = {"model.onnx": bytes(20_000), "splits/val.txt": b"a\n" * 5_000}

RUN = bytes(5_000)
"""Checkpoint of a run."""

WRITES = {"os.mkdir", "os.rename", "os.chmod"}
"""Audit events of calls that take room on the disk, or change its entries."""

REMOVALS = {"os.remove", "os.rmdir", "shutil.rmtree"}
"""Audit events of calls that make room."""

FULL = 77
"""Exit status of a publisher that has found the disk full."""


def manifest() -> pb.Manifest:
    """Make the smallest manifest that a reader accepts."""
    return pb.Manifest(
        format_version=FORMAT_VERSION,
        model="m",
        vocabulary=pb.Vocabulary(symbols=".a"),
        architecture=pb.Architecture(block_size=1),
    )


class Steps:
    """Counts the steps that touch the disk, and acts from one of them on."""

    def __init__(self, last: int, act: Callable[[], None], events: set[str]) -> None:
        self.count = 0
        self._last = last
        self._act = act
        self._events = events
        self._sync = os.fsync
        os.fsync = self.sync
        sys.addaudithook(self.audit)

    def audit(self, event: str, arguments: tuple[object, ...]) -> None:
        """Count a call of the system that Python is about to make."""
        writes = event == "open" and isinstance(arguments[2], int) and arguments[2] & os.O_CREAT
        if event in self._events or writes:
            self.step()

    def sync(self, descriptor: int) -> None:
        """Count a call of fsync, and make it."""
        self.step()
        self._sync(descriptor)

    def step(self) -> None:
        """Count a step."""
        self.count += 1
        if self.count >= self._last:
            self._act()


def kill() -> None:
    """End this process as a power loss would."""
    os.kill(os.getpid(), signal.SIGKILL)


def full() -> None:
    """Raise the error of a disk that is full."""
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def tell(line: str) -> None:
    """Write a line at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def forked(work: Callable[[], None]) -> int:
    """Run work in a fork of this process, and return the status of its end, negative: a signal."""
    life = os.fork()
    if not life:
        status = 1
        try:
            work()
            status = 0
        except OSError as error:
            if error.errno in {errno.ENOSPC, errno.EFBIG}:
                status = FULL if str(error.filename).endswith("/m") else 1  # the user's own word
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(life, 0)[1])


def check(repository: Path) -> int:
    """Verify every version that a reader sees, and return their number."""
    if not (repository / "m").exists():
        return 0
    seen = [entry for entry in (repository / "m").iterdir() if entry.name.isdecimal()]
    for version in seen:
        Bundle.open(version).verify()
    assert sorted(int(entry.name) for entry in seen) == list(range(1, len(seen) + 1))
    return len(seen)


def killed(repository: Path) -> int:
    """Kill a publisher at each of its steps; the next one cleans up and publishes."""
    step = 0
    while True:
        step += 1
        before = check(repository)

        def work(step: int = step) -> None:
            Steps(step, kill, WRITES | REMOVALS)
            publish(repository, manifest(), FILES)

        status = forked(work)
        assert status in {0, -signal.SIGKILL}, status
        assert check(repository) in {before, before + 1}
        if not status:
            return step
        tell(f"killed at step {step}")
        publish(repository, manifest(), FILES)
        left = [entry.name for entry in (repository / "m").iterdir()]
        assert all(name.isdecimal() for name in left), left


def filled(repository: Path, *, is_short: bool) -> int:
    """Let a publisher find the disk full from each of its steps on."""
    step = 0
    while True:
        step += 1
        before, seen = sorted(repository.rglob("*")), check(repository)

        def work(step: int = step) -> None:
            if is_short:
                # Python ignores the signal of this limit: a write beyond it is an error.
                resource.setrlimit(resource.RLIMIT_FSIZE, (step * 700, step * 700))
            else:
                Steps(step, full, WRITES)
            publish(repository, manifest(), FILES)

        status = forked(work)
        assert status in {0, FULL}, status
        if not status:
            return step
        tell(f"full at step {step}")
        assert not [path for path in repository.rglob("*") if PARTIAL in path.name]
        is_whole = check(repository) == seen + 1  # the disk filled up behind the last rename
        assert is_whole or sorted(repository.rglob("*")) == before


def kept(repository: Path) -> int:
    """Let a publisher with a run in memory find the disk full; the run is kept whole or told lost.

    The bundle takes more bytes than the run.
    """
    os.chdir(repository)
    tempfile.tempdir = str(repository)
    step = 0
    while True:
        step += 1
        size = step * 700

        def work(size: int = size) -> None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
            checkpoint = Checkpoint(None, held={"": RUN})
            try:
                with kept_at_failure(checkpoint, repository, "m"):
                    publish(repository, manifest(), FILES)
            except OSError as error:
                [note] = error.__notes__
                assert note.startswith(
                    "the run is kept: " if size >= len(RUN) else "the run is lost"
                )
                raise

        status = forked(work)
        assert status in {0, FULL}, status
        if not status:
            return step
        tell(f"full at step {step}")
        left = [path for path in repository.rglob("*") if path.is_file()]
        assert [path.read_bytes() for path in left] == ([RUN] if size >= len(RUN) else [])
        for path in left:
            path.unlink()


def main() -> None:
    """Run the experiment that the arguments name."""
    kind, repository = sys.argv[1], Path(sys.argv[2])
    if kind == "kept":
        steps = kept(repository)
    elif kind == "kill":
        steps = killed(repository)
    else:
        steps = filled(repository, is_short=kind == "short")
    tell(f"done {steps}")


if __name__ == "__main__":
    main()
