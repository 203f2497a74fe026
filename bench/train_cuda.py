"""Times of the training steps on a GPU: the graph, the kernel and its tunings, many runs at once.

    python bench/train.py --device cuda

A row takes STEPS steps from the same weights and minibatches as the CPU, in one call and by the
loop of the trainer. Printed are the seconds until the first step (compilation), the microseconds of
a step in one call and in the loop, the names of the tuning, and the largest difference of the
losses from the CPU's. A row on the GPU is a process of its own: one that fails prints its error in
one line, one that hangs is killed, and the rest goes on.
"""

import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context
from multiprocessing.connection import Connection

import torch

from namesmith_trainer.data import Names, contexts_and_targets
from namesmith_trainer.models.mlp import BATCHNORM, KAIMING, MLP, MOMENTUM, MLPRecipe
from namesmith_trainer.optim import CudaGraphSGD, FusedRuns, ManualSGD, Optimizer, Tuning
from namesmith_trainer.training import BLOCK, Training

DEVICE = "cuda"

STEPS = 1_000

ROUNDS = 5

RUNS = 132
"""Runs side by side: the multiprocessors of an H100."""

PATIENCE = 30.0
"""Seconds after which a row is killed: ten to import torch and start CUDA, twenty to measure."""

TUNINGS = {
    "kernel": Tuning(),
    "kernel, 8 warps": Tuning(warps=8),
    "kernel, share 16": Tuning(share=16),
    "kernel, share 64": Tuning(share=64),
}
"""Tunings of the kernel, the default first."""


class Data:
    """STEPS minibatches of us-names, and the losses of the CPU's steps on them."""

    def __init__(self, recipe: MLPRecipe) -> None:
        names = Names.read("us-names")
        self.recipe = replace(recipe, steps=10**6)  # at the first rate throughout
        self.split = contexts_and_targets(names.splits()["train"], names.vocabulary(), 3)
        rows = torch.randint(0, len(self.split[1]), (STEPS, 32), generator=seeded(7))
        self.contexts, self.targets = (part[rows] for part in self.split)
        self.rates = [self.recipe.rate_at(0)] * STEPS
        self.losses = torch.empty(STEPS)
        optimizer = ManualSGD(MLP(27, self.recipe), 32, MOMENTUM)
        optimizer.take_steps(self.contexts, self.targets, self.rates, self.losses)


def seeded(seed: int) -> torch.Generator:
    """Return a generator of a seed."""
    return torch.Generator().manual_seed(seed)


def timed(call: Callable[[], object]) -> float:
    """Return the seconds of a call, with all work that it starts on the device."""
    torch.cuda.synchronize()
    start = time.perf_counter()
    call()
    torch.cuda.synchronize()
    return time.perf_counter() - start


def one_run(recipe: MLPRecipe, tuning: Tuning | None) -> str:
    """Return the cells of one run: by the kernel of a tuning, or by the graph."""
    data, make = Data(recipe), fused(tuning) if tuning else graph
    network = MLP(27, data.recipe).to(DEVICE)
    made: list[Optimizer] = []
    first = timed(lambda: made.append(make(network)))
    contexts, targets = data.contexts.to(DEVICE), data.targets.to(DEVICE)
    losses = torch.empty(STEPS, device=DEVICE)
    spent = []
    for at in range(0, STEPS, BLOCK):
        block = slice(at, at + BLOCK)
        steps = contexts[block], targets[block], data.rates[block], losses[block]
        spent.append(timed(lambda steps=steps: made[0].take_steps(*steps)) / BLOCK)
    worst = float((losses.cpu() - data.losses).abs().max())
    training = Training(network, *(part.to(DEVICE) for part in data.split), data.recipe, 7)
    training._optimizer = made[0]

    def loop() -> None:
        for _ in range(STEPS // BLOCK):
            assert training.advance(BLOCK).isfinite().all()

    looped = min(timed(loop) for _ in range(ROUNDS)) / STEPS
    return cells(first, min(spent), looped, worst)


def many_runs(recipe: MLPRecipe, count: int, tuning: Tuning) -> str:
    """Return the cells of ``count`` runs side by side, which are all the same."""
    data = Data(recipe)
    networks = [MLP(27, data.recipe).to(DEVICE) for _ in range(count)]
    runs = FusedRuns(networks, 32, MOMENTUM, tuning)
    first = timed(runs.try_out)
    contexts, targets = (
        part.to(DEVICE).expand(count, *part.shape).contiguous()
        for part in (data.contexts, data.targets)
    )
    losses = torch.empty((count, STEPS), device=DEVICE)
    rates = [data.rates] * count
    step = timed(lambda: runs.take_steps(contexts, targets, rates, losses)) / STEPS
    worst = float((losses.cpu() - data.losses).abs().max())
    assert torch.equal(losses, losses[:1].expand_as(losses)), "the runs differ"
    for _ in range(ROUNDS):
        step = min(step, timed(lambda: runs.take_steps(contexts, targets, rates, losses)) / STEPS)
    return cells(first, step, None, worst) + f"  {step / count * 1e6:6.2f} us for a run's step"


def cells(first: float, step: float, looped: float | None, worst: float) -> str:
    """Return the cells of a row: seconds, microseconds twice, a difference."""
    loop = f"{looped * 1e6:8.1f}" if looped else " " * 8
    return f"{first:8.1f} {step * 1e6:8.1f} {loop} {worst:12.1e}"


def row(name: str, measure: Callable[..., str], *options: object) -> None:
    """Print a row, measured in a process of its own, or the error that ended it."""
    context = get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=told, args=(sender, measure, options))
    process.start()
    sender.close()
    try:
        line = receiver.recv() if receiver.poll(PATIENCE) else "killed: it hung"
    except EOFError:
        line = "the process ended without a word"
    process.kill()
    process.join()
    print(f"{name:44} {line}", flush=True)


def told(sender: Connection, measure: Callable[..., str], options: tuple[object, ...]) -> None:
    """Send the cells of a row, or its error in one line."""
    try:
        sender.send(measure(*options))
    except Exception as error:  # noqa: BLE001 - whatever it is, it is the row's
        sender.send(f"{type(error).__name__}: {str(error)[:200]!r}")


def on_cpu(recipe: MLPRecipe) -> str:
    """Return the cells of the CPU's written-out steps."""
    data = Data(recipe)
    torch.set_num_threads(1)
    optimizer = ManualSGD(MLP(27, data.recipe), 32, MOMENTUM)
    losses = torch.empty(STEPS)
    start = time.perf_counter()
    optimizer.take_steps(data.contexts, data.targets, data.rates, losses)
    step = (time.perf_counter() - start) / STEPS
    return cells(0.0, step, None, float((losses - data.losses).abs().max()))


def fused(tuning: Tuning) -> Callable[[MLP], Optimizer]:
    """Return the function that builds the kernel of a tuning."""

    def build(network: MLP) -> Optimizer:
        runs = FusedRuns([network], 32, MOMENTUM, tuning)
        runs.try_out()
        return runs.optimizer(0)

    return build


def compiled(recipe: MLPRecipe, tuning: Tuning) -> str:
    """Compile a kernel into Triton's cache, and return the seconds."""
    start = time.perf_counter()
    fused(tuning)(MLP(27, recipe).to(DEVICE))
    return f"{time.perf_counter() - start:.1f} s"


def compile_all() -> str:
    """Compile all kernels, each in a process of its own, and return the seconds of each."""
    every = [(BATCHNORM, tuning) for tuning in TUNINGS.values()] + [(KAIMING, Tuning())]
    told = []
    with ProcessPoolExecutor(len(every), get_context("spawn")) as pool:
        for future in [pool.submit(compiled, *each) for each in every]:
            error = future.exception()
            told.append(type(error).__name__ if error else future.result())
    return ", ".join(told)


def graph(network: MLP) -> Optimizer:
    """Build the graph."""
    return CudaGraphSGD(network, 32, MOMENTUM)


def main() -> None:
    """Print a line for each row."""
    print(torch.cuda.get_device_name() if torch.cuda.is_available() else "no CUDA device")
    print(f"{'':44}  first s  step us  loop us  off the CPU's")
    print(f"{'compilation':44} {compile_all()}", flush=True)
    row("batchnorm: CPU, 1 thread", on_cpu, BATCHNORM)
    row("batchnorm: graph", one_run, BATCHNORM, None)
    for name, tuning in TUNINGS.items():
        row(f"batchnorm: {name}", one_run, BATCHNORM, tuning)
    for name in ("kernel", "kernel, share 64"):
        row(f"batchnorm: {name}, {RUNS} runs", many_runs, BATCHNORM, RUNS, TUNINGS[name])
    row("kaiming: graph", one_run, KAIMING, None)
    row("kaiming: kernel", one_run, KAIMING, Tuning())
    row(f"kaiming: kernel, {RUNS} runs", many_runs, KAIMING, RUNS, Tuning())


if __name__ == "__main__":
    main()
