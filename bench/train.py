"""Times of the notebook's training loop and of variants of the trainer's, interleaved in one run.

    python bench/train.py [--steps N] [--rounds N] [--compile] [--device cuda]

Every row takes the same steps from the same weights and minibatches, and its losses are checked
against the notebook's. Times are the least of the rounds; on a shared machine the processor time
(summed over the threads) is disturbed less than the wall-clock time. The row of ``torch.compile``
needs a C++ compiler. ``--device cuda`` prints the table of ``train_cuda.py`` instead.
"""

import argparse
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from itertools import islice

import torch
from torch import Tensor

import train_cuda
from namesmith_trainer.data import Names, contexts_and_targets
from namesmith_trainer.models.mlp import BATCHNORM, MLP, MOMENTUM
from namesmith_trainer.optim import ManualSGD, Optimizer
from namesmith_trainer.training import BLOCK, Training
from notebook import Notebook

SEED = 7
RECIPE = replace(BATCHNORM, steps=10**6)  # at the first rate throughout


class Taped:
    """Steps by autograd, on minibatches drawn a block at a time; no step reads its loss."""

    def __init__(self, network: MLP, *, compiled: bool = False) -> None:
        self.network = network
        self.loss = network.training_loss
        if compiled:
            self.loss = torch.compile(network.training_loss, dynamic=False)

    def take_steps(
        self, contexts: Tensor, targets: Tensor, rates: list[float], losses: Tensor
    ) -> None:
        parameters = self.network.parameters()
        for k, rate in enumerate(rates):
            loss = self.loss(contexts[k], targets[k])
            gradients = torch.autograd.grad(loss, parameters)
            with torch.no_grad():
                for parameter, gradient in zip(parameters, gradients, strict=True):
                    parameter.sub_(gradient, alpha=rate)
            losses[k] = loss.detach()


class WithTanh(ManualSGD):
    """The written-out steps with torch's own tanh."""

    def _forward(self, places: Tensor, logits: Tensor) -> None:
        torch.index_select(self.C, 0, places, out=self.inputs_flat)
        torch.mm(self.inputs, self.W1, out=self.pre)
        self.norm.forward_doubled(self.pre)
        torch.mul(self.pre, 0.5, out=self.h).tanh_()
        torch.addmm(self.b2_column, self.W2_t, self.h_t, out=logits)


class Trainer:
    """A row: the loop of namesmith-trainer, with steps of the given optimizer."""

    def __init__(self, split: tuple[Tensor, Tensor], make: Callable[[MLP], Optimizer]) -> None:
        network = MLP(27, RECIPE)
        self.training = Training(network, *split, RECIPE, SEED)
        self.training._optimizer = make(network)

    def run(self, steps: int) -> Tensor:
        start = self.training.step
        while self.training.step < start + steps:
            self.training.advance(BLOCK)
        return self.training.losses[start : start + steps]


class Original:
    """A row: the notebook's loop."""

    def __init__(self, split: tuple[Tensor, Tensor], rounds: int, steps: int) -> None:
        self.losses = Notebook("batchnorm", 27).run(*split, rounds * steps, SEED)
        self.stream = torch.get_rng_state()  # torch's own, which two notebooks would share

    def run(self, steps: int) -> Tensor:
        torch.set_rng_state(self.stream)
        losses = list(islice(self.losses, steps))
        self.stream = torch.get_rng_state()
        return 10 ** torch.tensor(losses)


def measure(row: Trainer | Original, steps: int) -> tuple[Tensor, float, float]:
    """Return the losses of ``steps`` steps, and the wall-clock and CPU time of a step in us."""
    wall, cpu = time.perf_counter(), time.process_time()
    losses = row.run(steps)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    return losses, wall / steps * 1e6, cpu / steps * 1e6


def main() -> None:
    """Print a line for each row."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=500, help="of a row a round")
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--compile", action="store_true", help="add the row of torch.compile")
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    options = parser.parse_args()
    if options.device == "cuda":
        train_cuda.main()
        return
    threads = torch.get_num_threads()
    data = Names.read("us-names")
    split = contexts_and_targets(data.splits()["train"], data.vocabulary(), 3)
    original = options.rounds, options.steps
    rows: dict[str, tuple[Trainer | Original, int]] = {
        f"notebook, {threads} threads (torch's default)": (Original(split, *original), threads),
        "notebook, 1 thread": (Original(split, *original), 1),
        "taped, minibatches by the block": (Trainer(split, Taped), 1),
    }
    if options.compile:
        rows["the same, torch.compile"] = Trainer(split, partial(Taped, compiled=True)), 1
    manual = {"batch_size": 32, "batchnorm_momentum": MOMENTUM}
    rows["written out, torch's tanh"] = Trainer(split, partial(WithTanh, **manual)), 1
    rows["written out: namesmith-trainer"] = Trainer(split, partial(ManualSGD, **manual)), 1
    best = {name: [float("inf")] * 2 for name in rows}
    for _ in range(options.rounds):
        expected = None
        for name, (row, count) in rows.items():
            torch.set_num_threads(count)
            losses, *times = measure(row, options.steps)
            expected = losses if expected is None else expected
            torch.testing.assert_close(losses, expected, atol=1e-2, rtol=0)
            best[name] = [min(pair) for pair in zip(best[name], times, strict=True)]
    walls, cpus = zip(*best.values(), strict=True)
    print(f"{'':44}  wall us  cpu us   wall x    cpu x")
    for name, (wall, cpu) in best.items():
        print(f"{name:44} {wall:8.0f} {cpu:7.0f} {walls[0] / wall:8.1f} {cpus[0] / cpu:8.1f}")
    ours = list(best).index("written out: namesmith-trainer")
    print(f"against the notebook on 1 thread: {walls[1] / walls[ours]:.2f} wall,", end=" ")
    print(f"{cpus[1] / cpus[ours]:.2f} cpu")


if __name__ == "__main__":
    main()
