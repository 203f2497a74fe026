"""A probe: a process that loads and compares a version before the server does.

A file may crash a runtime, hang it, or take all memory. The probe meets that instead of the server:
its end is the reason why the version is passed over. A probe is spawned, never forked; it writes to
no log, ends with the server, and is the first process that ends where memory is short.
"""

import contextlib
import ctypes
import json
import os
import pickle
import resource
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from namesmith.bundle import MANIFEST
from namesmith_server.app.errors import LoadError
from namesmith_server.app.loading import comparison, loader
from namesmith_server.app.loading.faults import fault_of
from namesmith_server.app.settings import Settings
from namesmith_server.backends import BackendError, BackendUnavailableError

PROGRAM = "from namesmith_server.app.loading.probe import main; main()"
"""Program of the process."""

PR_SET_PDEATHSIG = 1
"""Number of the Linux call that has a process killed when its parent ends."""

MOST_EXPENDABLE = "1000"
"""Score of the process that Linux ends first where memory is short."""

RUNTIME_BYTES = 2 << 30
"""Bytes of memory that a probe on the CPU may take beside the files of its bundle."""

COPIES = 8
"""Number of times that a probe on the CPU may hold the files of its bundle."""

_running: set["subprocess.Popen[bytes]"] = set()


def probe(folder: Path, settings: Settings, manifest: bytes) -> None:
    """Load and compare a version in a process of its own.

    Args:
        folder: folder of the version.
        settings: settings of the server.
        manifest: bytes of the version's manifest, which the probe must find too: it names the
            bytes of all other files.

    Raises:
        BackendUnavailableError: this machine lacks a runtime, a device, or a process more.
        BackendError: the version has a fault, or ended the process.
    """
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    try:
        process = subprocess.Popen(  # noqa: S603 - this program
            [sys.executable, "-P", "-c", PROGRAM],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
            start_new_session=True,  # a Ctrl-C at a terminal is the server's
        )
    except OSError as error:
        raise BackendUnavailableError(f"no process to try it in: {error.strerror}") from error
    with process:
        _running.add(process)
        try:
            answer, _ = process.communicate(pickle.dumps((os.getpid(), folder, settings, manifest)))
        finally:
            process.kill()
            _running.discard(process)
    _judge(answer, process.returncode)


def kill_probes() -> None:
    """Kill every probe that runs."""
    for process in tuple(_running):
        process.kill()


def _judge(answer: bytes, status: int) -> None:
    """Raise the fault that a probe has answered, or the way in which it ended without an answer."""
    if not answer:
        ended = f"exit status {status}" if status >= 0 else signal.Signals(-status).name
        raise BackendError(f"the runtime ended the process that tried the version: {ended}")
    fault, is_servers = json.loads(answer)
    if is_servers:
        raise BackendUnavailableError(fault)
    if fault:
        raise BackendError(fault)


def main() -> None:
    """Do the work of a probe: read the version from standard input, answer on standard output."""
    parent, folder, settings, manifest = pickle.load(sys.stdin.buffer)  # noqa: S301 - the server has written it
    _end_with(parent)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with contextlib.suppress(OSError):  # elsewhere than on Linux
        Path("/proc/self/oom_score_adj").write_text(MOST_EXPENDABLE)
    output = os.dup(sys.stdout.fileno())
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # runtimes may print
    answer = json.dumps(_try(folder, settings, manifest)).encode()
    os.write(output, answer)
    os._exit(0)  # a runtime may crash or hang at its end too


def _end_with(parent: int) -> None:
    """Have this process killed when the server ends, even if the server is killed."""
    with contextlib.suppress(OSError, AttributeError):  # elsewhere than on Linux
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def _limit_memory(files: int) -> None:
    """Let this process take no more memory than a version with files of that many bytes needs.

    Where a container's memory ends, its system may end all of its processes, the server too.
    """
    limit = RUNTIME_BYTES + COPIES * files
    resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))


def _try(folder: Path, settings: Settings, manifest: bytes) -> tuple[str, bool]:
    """Return the fault of a version, empty without one, and whether it is the server's."""
    try:
        bundle = loader.verify(folder, settings)
        if bundle.manifest_bytes != manifest:
            return f"{MANIFEST}: was exchanged while the version was loaded", False
        if settings.device == "cpu":
            _limit_memory(sum(file.size for file in bundle.manifest.files))
        version = loader.open_version(bundle, settings)
        comparison.compare(version)
        loader.assemble(version, ThreadPoolExecutor(1), None)  # which runs batches of every size
    except (BackendUnavailableError, LoadError) as error:
        return str(error), True
    except BaseException as error:  # noqa: BLE001 - whatever a runtime raises is the version's fault
        return fault_of(error), False
    return "", False
