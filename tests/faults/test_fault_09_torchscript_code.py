"""Fault 9: a TorchScript file is code, and code that does more than compute is never loaded."""

import io
import os
import pickle
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from bigrams import publish_bigram, rewrite_script, rows_of, script_bytes, script_with
from bundles import reasons
from namesmith.bundle import TORCHSCRIPT
from namesmith_client import Client
from namesmith_server.app.settings import EMBEDDED
from namesmith_server.backends import BackendConfig, BackendError, get
from processes import running

ROWS = rows_of(1)

CONFIG = BackendConfig(vocab_size=6, block_size=3, file=TORCHSCRIPT)

Members = dict[str, bytes]


def refusal(raw: bytes) -> str:
    """Return the words with which the backend refuses a file."""
    with pytest.raises(BackendError) as caught:
        get("torchscript")(raw, CONFIG)
    return str(caught.value)


FORBIDDEN_CODE = [
    '    made = torch.from_file("FILE", True, 8)',
    '    make = torch.from_file\n    made = make("FILE", True, 8)',
    '    torch.save(context, "FILE")',
    '    (context).save("FILE")',
    '    keep = context.save\n    keep("FILE")',
    '    getattr(context, "save")("FILE")',
    '    keep = getattr(context, "save")\n    keep("FILE")',
    '    ops.aten.save(context, "FILE")',
    '    made = ops.aten.from_file("FILE", True, 8)',
    '    if True:\n      pass\n    else:\n      torch.save(context, "FILE")',
    '    for i in range(torch.len([torch.from_file("FILE", True, 8)])):\n      pass',
    '    made = [1, 2][int(torch.from_file("FILE", True, 8))]',
    '    made = annotate(Tensor, torch.from_file("FILE", True, 8))',
    '    made : Tensor = torch.from_file("FILE", True, 8)',
    '    made = torch.add(context, 1, out=torch.from_file("FILE", True, 8))',
    '    made = torch.add(context, torch.from_file("FILE", True, 8))',
    '    ops.profiler._record_function_enter("FILE")',
    '    print("forged")',
    "    made = fork(self.forward, context)",
    "    made = __torch__.torch.classes.profiling.SourceStats",
    "    made = __torch__.other.Thing()",
    '    made = torch.ops.aten.save(context, "FILE")',
    '    torch = self\n    (torch).save("FILE")',
    '    made = CONSTANTS.c0.save("FILE")',
    "    self.table = context",
    "    made = self.table\n    made[0] = made[1]",
    "    torch.append(self.names, context)",
    "    made = torch.empty([3])",
    "    made = torch.as_strided(context, [99], [1])",
    "    made = torch.empty_like(context)",
    '    made = torch.load("FILE")',
    "    made = lambda x: x",
    "    made = [x for x in [1, 2]]",
    "    import os",
    "    global context",
    "    del context",
    "    raise context",
    "    with context:\n      pass",
    "    try:\n      pass\n    finally:\n      pass",
    "    def inner(x: int) -> int:\n      return x",
    "    assert True",
    '    made = f"{context}"',
    "    made = *[context],",
    "    made = (other := context)",
    "    made = context if True else context",
    "    made = `context`",
    '    made = "\\x1b[31m forged"',
    '    made = \uff54\uff4frch.save(context, "FILE")',
]  # fmt: skip
"""Code that TorchScript or Python knows, and no network needs."""


@pytest.mark.parametrize("code", FORBIDDEN_CODE)
def test_fault_09_code_that_does_more_than_compute_is_refused(code: str, tmp_path: Path) -> None:
    """Code that is called, bound or reached as a method makes no file, and its line is told."""
    made = tmp_path / "made"
    message = refusal(script_with(ROWS, code.replace("FILE", str(made))))
    assert message.startswith(f"{TORCHSCRIPT}: ")
    assert not made.exists()


def test_fault_09_the_attack_is_real(tmp_path: Path) -> None:
    """The control: torch itself loads and runs the code, which makes the file."""
    made = tmp_path / "made"
    code = f'    made = torch.from_file("{made}", True, 8)\n    print(torch.numel(made))'
    raw = script_with(ROWS, code)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        torch.jit.load(io.BytesIO(raw))(torch.zeros((1, 3), dtype=torch.int64))
    assert made.exists()


def decorate(text: str) -> str:
    """Decorate the class."""
    return text.replace("class ", '@torch.save(1, "f")\nclass ', 1)


def inherit(text: str) -> str:
    """Give the class another base."""
    return text.replace("(Module)", '(torch.save(1, "f"))', 1)


def set_a_default(text: str) -> str:
    """Give an argument a default that is computed."""
    return text.replace("context: Tensor", 'context: Tensor=torch.from_file("f", True, 8)', 1)


def annotate_with_a_call(text: str) -> str:
    """Give an argument a type that is computed."""
    return text.replace("context: Tensor", 'context: torch.from_file("f", True, 8)', 1)


def compute_in_the_class(text: str) -> str:
    """Compute in the body of the class."""
    return text.replace(
        "  def ", '  made : Final[Tensor] = torch.from_file("f", True, 8)\n  def ', 1
    )


def compute_in_the_file(text: str) -> str:
    """Compute outside of a class."""
    return f'{text}\nmade = torch.from_file("f", True, 8)\n'


def define_a_custom_class(text: str) -> str:
    """Declare an attribute of a class that is compiled into the runtime."""
    return text.replace("  def ", "  x : __torch__.torch.classes.quantized.Conv2d\n  def ", 1)


def nest_deeply(text: str) -> str:
    """Nest an expression deeper than parsers go."""
    deep = "(" * 90 + "1" + ")" * 90
    return text.replace("return ", f"x = {'-' * 5_000}{deep}\n    return ", 1)


DAMAGES_OF_CODE = [
    decorate,
    inherit,
    set_a_default,
    annotate_with_a_call,
    compute_in_the_class,
    compute_in_the_file,
    define_a_custom_class,
    nest_deeply,
]


@pytest.mark.parametrize("damage", DAMAGES_OF_CODE)
def test_fault_09_code_in_another_place_is_refused(damage: Callable[[str], str]) -> None:
    """Decorators, bases, defaults, types and bodies of classes hold no code that runs."""

    def change(members: Members) -> None:
        (path,) = (name for name in members if name.endswith(".py"))
        members[path] = damage(members[path].decode()).encode()

    raw = rewrite_script(script_bytes(ROWS), change)
    assert refusal(raw).startswith(f"{TORCHSCRIPT}: ")


class Thief:
    """Pickles as a call."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, ("touch stolen",)


def add_an_opcode(members: Members) -> None:
    """Use an opcode that TorchScript does not write."""
    members["data.pkl"] = pickle.dumps({"a": 1}, protocol=4)


def call_a_function(members: Members) -> None:
    """Name a function of Python."""
    members["data.pkl"] = pickle.dumps(Thief(), protocol=2)


def call_in_the_constants(members: Members) -> None:
    """Name a function of Python in the other pickle."""
    members["constants.pkl"] = pickle.dumps((Thief(),), protocol=2)


def name_a_custom_class(members: Members) -> None:
    """Make an object of a class that is compiled into the runtime."""
    old = b"c__torch__.bigrams\nBigram\n"
    assert old in members["data.pkl"]
    new = b"c__torch__.torch.classes.quantized\nConv2d\n"
    members["data.pkl"] = members["data.pkl"].replace(old, new)


def widen_a_tensor(members: Members) -> None:
    """Give the tensor more rows than its storage has: K 06 K 06 is its size."""
    assert b"K\x06K\x06" in members["data.pkl"]
    members["data.pkl"] = members["data.pkl"].replace(b"K\x06K\x06", b"K\x60K\x06", 1)


def shorten_a_storage(members: Members) -> None:
    """Cut the bytes of a storage."""
    members["data/0"] = members["data/0"][:-4]


def empty_a_pickle(members: Members) -> None:
    """Leave no byte of a pickle."""
    members["data.pkl"] = b""


def add_a_member(members: Members) -> None:
    """Add a member of another kind."""
    members["extra/file"] = b"extra"


def add_code_elsewhere(members: Members) -> None:
    """Add code outside of the folder of code."""
    members["model.json"] = b"{}"


def leave_the_folder(members: Members) -> None:
    """Add a member whose name leaves the archive."""
    members["code/__torch__/../../x.py"] = b""


def lose_the_pickle(members: Members) -> None:
    """Leave the data out."""
    del members["data.pkl"]


def turn_the_bytes(members: Members) -> None:
    """Give another order of bytes."""
    members["byteorder"] = b"big"


def forge_the_version(members: Members) -> None:
    """Give a version that is no number."""
    members["version"] = b"9" * 40


DAMAGES_OF_MEMBERS = [
    add_an_opcode,
    call_a_function,
    call_in_the_constants,
    name_a_custom_class,
    widen_a_tensor,
    shorten_a_storage,
    empty_a_pickle,
    add_a_member,
    add_code_elsewhere,
    leave_the_folder,
    lose_the_pickle,
    turn_the_bytes,
    forge_the_version,
]


@pytest.mark.parametrize("damage", DAMAGES_OF_MEMBERS)
def test_fault_09_an_archive_with_another_part_is_refused(
    damage: Callable[[Members], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pickles, tensors and members: each is one that TorchScript writes for a network."""
    monkeypatch.chdir(tmp_path)
    message = refusal(rewrite_script(script_bytes(ROWS), damage))
    assert message.startswith(f"{TORCHSCRIPT}: ")
    assert not list(tmp_path.iterdir())


def test_fault_09_a_member_that_stands_twice_is_refused() -> None:
    """Two parsers could read two different members."""
    buffer = io.BytesIO(script_bytes(ROWS))
    with zipfile.ZipFile(buffer, "a") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        (first, *_) = archive.namelist()
        archive.writestr(first, b"other")
    assert "stands twice" in refusal(buffer.getvalue())


def test_fault_09_a_bomb_is_refused_by_its_size() -> None:
    """A member that is compressed a thousandfold is not read."""
    bomb = bytes(64 << 20)

    def change(members: Members) -> None:
        members["code/__torch__/bomb.py"] = bomb

    with zipfile.ZipFile(io.BytesIO(rewrite_script(script_bytes(ROWS), change))) as archive:
        parts = {info.filename: archive.read(info) for info in archive.filelist}
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            stored = zipfile.ZIP_STORED if "/data/" in name else zipfile.ZIP_DEFLATED
            archive.writestr(name, content, stored)
    assert "bytes and the code" in refusal(buffer.getvalue())


@pytest.mark.parametrize("name", ["us-names", "us-names-wavenet", "us-names-distilled"])
def test_fault_09_what_is_loaded_answers_as_the_file_does(name: str) -> None:
    """The archive of inspected parts gives the log-probabilities of the file, to the last bit."""
    raw = (EMBEDDED / name / "1" / TORCHSCRIPT).read_bytes()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        module = torch.jit.load(io.BytesIO(raw)).eval()
    contexts = np.random.default_rng(0).integers(0, 27, (500, 8))
    backend = get("torchscript")(raw, CONFIG)
    with torch.inference_mode():
        expected = module(torch.from_numpy(contexts[:, : 3 if name == "us-names" else 8])).numpy()
    given = contexts[:, :3].copy() if name == "us-names" else contexts
    np.testing.assert_array_equal(backend.log_probs(given), expected)


@pytest.mark.slow
def test_fault_09_a_version_with_such_code_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server logs the line and the fault, makes no file, and serves the version before."""
    monkeypatch.chdir(tmp_path)
    models = tmp_path / "models"
    publish_bigram(models, ROWS)
    hostile = script_with(ROWS, '    made = torch.from_file("made", True, 8)')
    publish_bigram(models, ROWS, {TORCHSCRIPT: hostile})
    options = ("--models", models, "--backend", "torchscript")
    with running(*options) as server, Client(server.address) as client:
        assert client.model().version == 1
        assert "torch.from_file" in reasons(server.log)[2]
    assert not (tmp_path / "made").exists()
