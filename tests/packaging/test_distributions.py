"""The files of the two distributions, and the client's needs."""

import email
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import parse_wheel_filename

from wheels import ROOT, build

MAX_CLIENT_BYTES = 300_000

CLIENT_NEEDS = {
    "googleapis-common-protos",
    "grpcio",
    "grpcio-health-checking",
    "grpcio-status",
    "protobuf",
}


def files(wheel: Path) -> set[str]:
    """Return the paths of a wheel's files."""
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def needs(wheel: Path) -> list[Requirement]:
    """Return the requirements of a wheel, of its extras too."""
    (metadata,) = (name for name in files(wheel) if name.endswith(".dist-info/METADATA"))
    with zipfile.ZipFile(wheel) as archive:
        message = email.message_from_bytes(archive.read(metadata))
    return [Requirement(one) for one in message.get_all("Requires-Dist", [])]


def test_no_file_is_in_both_wheels(client_wheel: Path, server_wheel: Path) -> None:
    """Each file has one owner; together the wheels hold every module of the checkout."""
    client, server = files(client_wheel), files(server_wheel)
    assert not client & server
    packages = (
        *ROOT.glob("proto/namesmith"),
        *ROOT.glob("client/namesmith_client"),
        *ROOT.glob("server/namesmith_server"),
        *ROOT.glob("trainer/namesmith_trainer"),
    )
    modules = {
        module.relative_to(package.parent).as_posix()
        for package in packages
        for module in package.rglob("*.py")
    }
    assert modules | {"namesmith_program.py"} <= client | server


def test_the_clients_wheel_is_thin(client_wheel: Path) -> None:
    """It is small, of pure Python, and needs gRPC and protobuf alone; extras add the rest."""
    assert client_wheel.stat().st_size <= MAX_CLIENT_BYTES
    _, _, _, tags = parse_wheel_filename(client_wheel.name)
    assert {str(tag) for tag in tags} == {"py3-none-any"}
    assert {one.name for one in needs(client_wheel) if one.marker is None} == CLIENT_NEEDS


def test_every_need_of_the_client_is_a_range(client_wheel: Path) -> None:
    """Each has a lower end and an upper one, so that pip may keep another package's choice."""
    for need in needs(client_wheel):
        operators = {one.operator for one in need.specifier}
        assert operators == {">=", "<"}, need


def test_an_sdist_of_the_client_builds_the_same_wheel(
    checkout: Path, client_wheel: Path, tmp_path: Path
) -> None:
    """Outside the checkout, where the contract lies beside the client, the files are the same."""
    sdist = build("sdist", checkout / "client")
    subprocess.run(["tar", "-xzf", sdist, "-C", tmp_path], check=True)  # noqa: S607 - tar's place varies
    (project,) = tmp_path.iterdir()
    assert files(build("wheel", project)) == files(client_wheel)


@pytest.mark.slow
def test_an_sdist_of_the_server_builds_without_a_compiler(
    checkout: Path, server_wheel: Path, tmp_path: Path
) -> None:
    """The wheel that it gives is of pure Python, and holds what the checkout's holds."""
    sdist = build("sdist", checkout)
    subprocess.run(["tar", "-xzf", sdist, "-C", tmp_path], check=True)  # noqa: S607 - likewise
    (project,) = tmp_path.iterdir()
    built = build("wheel", project, compiler="false")
    assert built.name.endswith("-py3-none-any.whl")
    assert files(built) == files(server_wheel)


def test_the_program_says_which_extra_it_lacks() -> None:
    """Without the packages of the extra it writes one line and exits with 2."""
    program = (
        "import sys\n"
        "sys.modules['click'] = sys.modules['rich'] = None\n"
        "from namesmith_client.__main__ import main\n"
        "main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    told = "Error: the command line needs click and rich; install namesmith-client[cli]\n"
    assert (done.returncode, done.stdout, done.stderr) == (2, "", told)
