"""Tests of the kernel against the written-out steps: on a GPU where there is one, else interpreted.

``tests/trainer/conftest.py`` has Triton interpret kernels on a machine without a GPU.
"""

import functools
import importlib
import inspect
import json
import logging
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.testing import assert_close

from namesmith_trainer.models import RECIPES
from namesmith_trainer.models.mlp import BATCHNORM, MLP, MOMENTUM, MLPRecipe
from namesmith_trainer.optim import (
    CudaGraphSGD,
    FusedRuns,
    FusedSGD,
    ManualSGD,
    Tuning,
    sgd_on_cuda,
)
from namesmith_trainer.optim.fused import fused_runs

tl = pytest.importorskip("triton.language")  # the interpreter looks for it beside `launch`

DEVICE = "cuda" if torch.cuda.is_available() else "cpu"

RATES = [0.1, 0.1, 0.01]
"""Learning rate of each step of a block."""


def minibatches(seed: int, steps: int, batch: int, block_size: int) -> tuple[Tensor, Tensor]:
    """Draw contexts int64 [K, B, L] and targets int64 [K, B] of 27 symbols."""
    g = torch.Generator().manual_seed(seed)
    contexts = torch.randint(0, 27, (steps, batch, block_size), generator=g)
    return contexts, torch.randint(0, 27, (steps, batch), generator=g)


def recipe_of(stage: str, **settings: int) -> MLPRecipe:
    """Return a recipe of the notebook with other settings."""
    recipe = RECIPES[stage]
    assert isinstance(recipe, MLPRecipe)
    return replace(recipe, **settings)  # type: ignore[arg-type]


@pytest.mark.parametrize("stage", ["baseline", "kaiming", "batchnorm"])
@pytest.mark.parametrize(
    ("block_size", "embedding", "hidden", "batch"),
    [(3, 10, 200, 32), (2, 3, 7, 5), (1, 16, 64, 32), (5, 6, 33, 20)],
)
def test_a_block_takes_the_steps_of_the_written_out_gradients(
    stage: str, block_size: int, embedding: int, hidden: int, batch: int
) -> None:
    """Losses, weights and statistics are the written-out steps' up to rounding, in every size."""
    recipe = recipe_of(stage, block_size=block_size, embedding=embedding, hidden=hidden)
    expected, ours = MLP(27, recipe), MLP(27, recipe).to(DEVICE)
    reference, fused = (
        ManualSGD(expected, batch, MOMENTUM),
        FusedRuns([ours], batch, MOMENTUM).optimizer(0),
    )
    for seed in (1, 2):
        contexts, targets = minibatches(seed, len(RATES), batch, block_size)
        losses = torch.empty(len(RATES)), torch.empty(len(RATES), device=DEVICE)
        reference.take_steps(contexts, targets, RATES, losses[0])
        fused.take_steps(contexts.to(DEVICE), targets.to(DEVICE), RATES, losses[1])
        assert_close(losses[1].cpu(), losses[0], atol=1e-4, rtol=1e-5)
    for name, tensor in expected.state().items():
        assert_close(ours.state()[name].cpu(), tensor, atol=1e-5, rtol=1e-4, msg=name)


@pytest.mark.parametrize("stage", ["kaiming", "batchnorm"])
def test_runs_side_by_side_are_each_run_alone(stage: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three runs with minibatches and rates of their own are, bit for bit, each of them alone."""
    monkeypatch.setattr(fused_runs, "MOST_OF_TEAM", 2)  # two runs a launch, where interpreted
    recipe = recipe_of(stage, hidden=48)
    together = [MLP(27, replace(recipe, init_seed=i)).to(DEVICE) for i in range(3)]
    alone = [MLP(27, replace(recipe, init_seed=i)).to(DEVICE) for i in range(3)]
    batches = [minibatches(i, len(RATES), 32, 3) for i in range(3)]
    contexts, targets = (torch.stack(parts).to(DEVICE) for parts in zip(*batches, strict=True))
    rates = [[rate / (i + 1) for rate in RATES] for i in range(3)]
    losses = torch.empty((2, 3, len(RATES)), device=DEVICE)
    FusedRuns(together, 32, MOMENTUM).take_steps(contexts, targets, rates, losses[0])
    for i in range(3):
        optimizer = FusedRuns(alone[i : i + 1], 32, MOMENTUM).optimizer(0)
        optimizer.take_steps(contexts[i], targets[i], rates[i], losses[1, i])
        for name, tensor in alone[i].state().items():
            assert torch.equal(together[i].state()[name], tensor), name
    assert torch.equal(losses[0], losses[1])
    assert len(set(losses[0, :, 0].tolist())) == 3


@pytest.mark.skipif(torch.cuda.is_available(), reason="the programs of a team meet on the GPU")
@pytest.mark.parametrize("stage", ["kaiming", "batchnorm"])
def test_a_team_takes_the_steps_of_one_program(stage: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Programs that meet, as threads here, are two teams of three: one program's steps, nearly."""
    recipe = recipe_of(stage, hidden=40)
    batches = [minibatches(i, len(RATES), 32, 3) for i in range(2)]
    contexts, targets = (torch.stack(parts) for parts in zip(*batches, strict=True))
    losses = torch.empty((2, 2, len(RATES)))
    networks = [[MLP(27, replace(recipe, init_seed=i)) for i in range(2)] for _ in losses]
    alone, teams = (FusedRuns(each, 32, MOMENTUM) for each in networks)
    alone.take_steps(contexts, targets, [RATES] * 2, losses[0])
    as_threads(monkeypatch, programs=6)
    teams.constants |= {"D_": 16, "TEAM": 3}
    teams.take_steps(contexts, targets, [RATES] * 2, losses[1])
    assert_close(losses[1], losses[0])
    for one, other in zip(*networks, strict=True):
        for name, tensor in one.state().items():
            assert_close(other.state()[name], tensor, atol=1e-6, rtol=1e-5, msg=name)


def as_threads(monkeypatch: pytest.MonkeyPatch, programs: int) -> None:
    """Have the interpreter run programs as threads, one at a time, that take turns as they meet."""
    interpreter = importlib.import_module("triton.runtime.interpreter")
    kernel = importlib.import_module("namesmith_trainer.optim.fused.kernel")
    turn, meeting = threading.Lock(), threading.Barrier(programs)
    steps = kernel.take_steps.rewrite()
    indices = iter(range(1, programs + 1))

    def wait(_arrived: object, _expected: object, patience: object) -> object:
        turn.release()
        try:
            meeting.wait(timeout=60)
        finally:
            turn.acquire()
        return patience

    def run(program: int, operands: dict[str, Any]) -> None:
        with turn:
            interpreter.interpreter_builder.set_grid_idx(program, 0, 0)  # read at the start alone
            steps(**operands)

    @functools.wraps(steps)
    def launch(**operands: Any) -> None:
        if next(indices) == programs:  # the interpreter came to the last program
            with ThreadPoolExecutor(programs) as pool:
                list(pool.map(run, range(programs), [operands] * programs))

    launch.__signature__ = inspect.signature(steps)  # type: ignore[attr-defined]
    monkeypatch.setitem(kernel.take_steps.rewritten_fn, kernel.take_steps.fn, launch)
    monkeypatch.setattr(kernel, "_arrive", lambda _arrived: None)
    monkeypatch.setattr(kernel, "_wait", wait)


@pytest.mark.cuda
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_the_size_of_a_team_changes_no_more_than_rounding() -> None:
    """Shares of 16, 32 and 64 hidden units give the same steps up to rounding, each time again."""
    contexts, targets = (part.to("cuda") for part in minibatches(1, len(RATES), 32, 3))
    losses = torch.empty((3, 2, len(RATES)), device="cuda")
    for rows, share in zip(losses, (16, 32, 64), strict=True):
        for row in rows:
            runs = FusedRuns([MLP(27, BATCHNORM).to("cuda")], 32, MOMENTUM, Tuning(share))
            runs.optimizer(0).take_steps(contexts, targets, RATES, row)
    assert torch.equal(losses[:, 0], losses[:, 1])
    assert_close(losses[1:], losses[:1].expand(2, 2, -1))


@pytest.mark.cuda
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_more_runs_than_the_device_holds_are_launched_in_turn() -> None:
    """The last of 200 runs is, bit for bit, the first, which has the same seed."""
    networks = [MLP(27, BATCHNORM).to("cuda") for _ in range(200)]
    contexts, targets = (
        part.to("cuda").expand(200, *part.shape).contiguous()
        for part in minibatches(1, len(RATES), 32, 3)
    )
    losses = torch.empty((200, len(RATES)), device="cuda")
    FusedRuns(networks, 32, MOMENTUM).take_steps(contexts, targets, [RATES] * 200, losses)
    assert torch.equal(losses, losses[:1].expand_as(losses))


@pytest.mark.cuda
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_programs_that_wait_in_vain_end_with_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """A team that has no patience is an error, not a GPU that hangs."""
    monkeypatch.setattr(fused_runs, "PATIENCE", 0)
    fused = FusedRuns([MLP(27, BATCHNORM).to("cuda")], 32, MOMENTUM).optimizer(0)
    contexts, targets = (part.to("cuda") for part in minibatches(1, len(RATES), 32, 3))
    with pytest.raises(RuntimeError, match="waited for each other in vain"):
        fused.take_steps(contexts, targets, RATES, torch.empty(len(RATES), device="cuda"))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"hidden": 2_000}, "the hidden layer takes 63 multiprocessors, a run has at most 32"),
        ({"block_size": 8, "embedding": 32}, "the minibatch takes 262,144 numbers"),
    ],
)
def test_networks_too_large_are_trained_as_a_graph(
    settings: dict[str, int], message: str, caplog: pytest.LogCaptureFixture
) -> None:
    """A network that does not fit its multiprocessors has the graph, and one line says why."""
    with caplog.at_level(logging.WARNING):
        optimizer = sgd_on_cuda(MLP(27, recipe_of("batchnorm", **settings)), 32, MOMENTUM)
    assert isinstance(optimizer, CudaGraphSGD)
    (line,) = caplog.messages
    assert message in line


def test_without_triton_steps_run_as_a_graph(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A missing Triton is told in one line, and the graph takes the steps."""
    monkeypatch.setitem(sys.modules, "namesmith_trainer.optim.fused.kernel", None)
    monkeypatch.delattr("namesmith_trainer.optim.fused.kernel", raising=False)
    with caplog.at_level(logging.WARNING):
        optimizer = sgd_on_cuda(MLP(27, BATCHNORM), 32, MOMENTUM)
    assert isinstance(optimizer, CudaGraphSGD)
    assert len(caplog.messages) == 1


@pytest.mark.parametrize("stage", ["kaiming", "batchnorm"])
@pytest.mark.cuda
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_a_thousand_steps_follow_the_cpus(stage: str) -> None:
    """The losses of 1,000 steps on CUDA are the CPU's within 1e-3."""
    recipe = recipe_of(stage)
    here, there = MLP(27, recipe), MLP(27, recipe).to("cuda")
    contexts, targets = minibatches(1, 1_000, 32, 3)
    losses = torch.empty(1_000), torch.empty(1_000, device="cuda")
    rates = [0.1] * 1_000
    ManualSGD(here, 32, MOMENTUM).take_steps(contexts, targets, rates, losses[0])
    optimizer = sgd_on_cuda(there, 32, MOMENTUM)
    assert isinstance(optimizer, FusedSGD)
    optimizer.take_steps(contexts.cuda(), targets.cuda(), rates, losses[1])
    assert_close(losses[1].cpu(), losses[0], atol=1e-3, rtol=0)
    for name, tensor in here.state().items():
        assert_close(there.state()[name].cpu(), tensor, atol=1e-3, rtol=1e-3, msg=name)


COMPILE = """
import json, sys
from triton import compile
from triton.backends.compiler import GPUTarget
from triton.compiler import ASTSource
from namesmith_trainer.optim.fused import kernel

constants = json.loads(sys.argv[1])
types = {"contexts": "*i64", "targets": "*i64", "first_run": "i32", "steps": "i32"}
types |= {"arrived": "*i32", "patience": "i32", "momentum": "fp32"}
types |= dict.fromkeys(constants, "constexpr")
names = kernel.take_steps.arg_names
source = ASTSource(
    kernel.take_steps,
    {name: types.get(name, "*fp32") for name in names},
    {(names.index(name),): value for name, value in constants.items()},
)
print(compile(source, target=GPUTarget("cuda", 90, 32), options={"num_warps": 4}).metadata.shared)
"""
"""Program that compiles the kernel for an H100, and prints the bytes of shared memory."""


@pytest.mark.slow
@pytest.mark.parametrize("stage", ["kaiming", "batchnorm"])
@pytest.mark.parametrize("settings", [{}, {"hidden": 512, "embedding": 5, "batch_size": 16}])
def test_the_kernel_compiles_for_a_gpu_and_fits_it(
    stage: str, settings: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a GPU, the compiler takes the kernel, in the memory of an H100's multiprocessor."""
    recipe = recipe_of(stage, **settings)
    monkeypatch.delenv("TRITON_INTERPRET", raising=False)
    asked = FusedRuns([MLP(27, recipe)], recipe.batch_size, MOMENTUM).constants
    asked |= {"D_": 32, "TEAM": -(-recipe.hidden // 32)}  # as on a GPU
    command = [sys.executable, "-c", COMPILE, json.dumps(asked)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert int(done.stdout) <= 227 * 1024
