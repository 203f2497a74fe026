"""Runs of one shape, side by side: every run is a team of programs of the kernel."""

from collections.abc import Sequence
from functools import partial
from math import prod
from typing import Any, NamedTuple

import torch
from torch import Tensor, cuda

from namesmith_trainer.optim.base import Optimizer, TrainableNetwork
from namesmith_trainer.optim.fused.fused_sgd import FusedSGD

NORM = ("gain", "bias", "running_mean", "running_std")
"""Names of the tensors of a network with BatchNorm."""

LEAST = 16
"""Least width of a matrix in the kernel's products."""

MOST_OF_TEAM = 32
"""Largest number of programs of a run, each on a multiprocessor."""

MOST_OF_INPUTS = 1 << 16
"""Largest number of padded numbers in the inputs of a minibatch, by symbol."""

PATIENCE = 1 << 22
"""Number of looks, of at least half a microsecond, after which a program no longer waits."""


class UnfitError(ValueError):
    """Raised for networks that the kernel cannot train; the message says why."""


class Tuning(NamedTuple):
    """The choices of the kernel that change its time, and its sums no more than by rounding.

    Attributes:
        share: most hidden units of a program, a power of two that is at least ``LEAST``.
        warps: warps of a program.
        precision: Triton's name of the precision of products; "ieee" is full float32.
    """

    share: int = 32
    warps: int = 4
    precision: str = "ieee"


class Sizes(NamedTuple):
    """The sizes of a network and its minibatches, by the names of the kernel's parameters.

    Attributes:
        B: contexts of a minibatch.
        L: symbols of a context.
        V: symbols of the vocabulary.
        E: width of the embedding.
        H: hidden units.
    """

    B: int
    L: int
    V: int
    E: int
    H: int

    def padded(self, share: int, multiprocessors: int) -> dict[str, int]:
        """Return the powers of two that the kernel computes with, and the size of a team.

        Args:
            share: hidden units of a program.
            multiprocessors: number of multiprocessors of the device.

        Raises:
            UnfitError: a run does not fit its multiprocessors.
        """
        widths = {"B_": self.B, "V_": self.V, "J_": self.L * self.E}
        padded = {name: max(LEAST, _power(width)) for name, width in widths.items()}
        team, largest = -(-self.H // share), min(MOST_OF_TEAM, multiprocessors)
        for what, count, most in (
            ("hidden layer takes {:,} multiprocessors", team, largest),
            ("minibatch takes {:,} numbers", prod(padded.values()), MOST_OF_INPUTS),
        ):
            if count > most:
                raise UnfitError(f"the {what.format(count)}, a run has at most {most:,}")
        return {**padded, "D_": share, "TEAM": team}


class FusedRuns:
    """Plain gradient descent of R networks of the notebook's family, of one shape.

    A team of programs of the kernel takes the steps of one network, and waits for no other team:
    the steps of a run are the same, bit for bit, alone and beside others. The programs of a team
    wait for each other, so that no more are launched at once than the device has multiprocessors.

    Attributes:
        constants: parameters of the kernel that it is compiled for, by name.
    """

    def __init__(
        self,
        networks: Sequence[TrainableNetwork],
        batch_size: int,
        momentum: float,
        tuning: Tuning = Tuning(),  # noqa: B008 - a constant
    ) -> None:
        """Stack the networks' tensors, of which the networks' own become views.

        Args:
            networks: R networks with the weights C, W1, W2, b2, and either b1 or gain and bias.
            batch_size: B, number of contexts of a minibatch.
            momentum: weight of a step's statistics in the running statistics.
            tuning: choices that change the time.

        Raises:
            UnfitError: the networks differ in shape, or do not fit a multiprocessor.
            ImportError: Triton is missing.
        """
        from namesmith_trainer.optim.fused import kernel  # noqa: PLC0415 - Triton may be missing

        states = [{**network.weights, **network.statistics} for network in networks]
        shapes = [{name: tensor.shape for name, tensor in state.items()} for state in states]
        if any(shape != shapes[0] for shape in shapes):
            raise UnfitError("the networks differ in shape")
        C, W1 = shapes[0]["C"], shapes[0]["W1"]
        sizes = Sizes(B=batch_size, L=W1[0] // C[1], V=C[0], E=C[1], H=W1[1])
        device, multiprocessors = networks[0].weights["C"].device, MOST_OF_TEAM
        if device.type == "cuda":
            multiprocessors = cuda.get_device_properties(device).multi_processor_count
        padded = sizes.padded(tuning.share, multiprocessors)
        if device.type != "cuda":  # an interpreter runs one program after another: none can wait
            padded |= {"D_": max(LEAST, _power(sizes.H)), "TEAM": 1}
        self.constants: dict[str, Any] = {
            **sizes._asdict(),
            **padded,
            "BATCHNORM": "gain" in states[0],
            "PRECISION": tuning.precision,
        }
        self._abreast = multiprocessors // padded["TEAM"]
        self._momentum, self._tuning, self._kernel = momentum, tuning, kernel.take_steps
        self._stacks = _stacked(states)

    @torch.no_grad()
    def take_steps(
        self, contexts: Tensor, targets: Tensor, rates: Sequence[Sequence[float]], losses: Tensor
    ) -> None:
        """Take K steps of every run.

        Args:
            contexts: int64 [R, K, B, L], contiguous.
            targets: int64 [R, K, B], contiguous.
            rates: learning rate of each step of each run, [R, K].
            losses: output: loss of each step before the step's update, in nats, float32 [R, K],
                contiguous.
        """
        self._launch(0, contexts, targets, rates, losses)

    def optimizer(self, run: int) -> Optimizer:
        """Return the optimiser that takes the steps of one run, from 0, alone."""
        return FusedSGD(partial(self._launch, run))

    def try_out(self) -> None:
        """Compile the kernel, and launch it without a step."""
        stack = self._stacks["C"]
        contexts = stack.new_zeros((len(stack), self.constants["B"], self.constants["L"])).long()
        losses = stack.new_zeros((len(stack), 1))
        rates = [[0.0]] * len(stack)
        self._launch(0, contexts, contexts[..., 0].contiguous(), rates, losses, steps=0)

    def _launch(  # noqa: PLR0913, PLR0917 - a launch, with what it reads and writes
        self,
        first_run: int,
        contexts: Tensor,
        targets: Tensor,
        rates: Sequence[Sequence[float]],
        losses: Tensor,
        steps: int | None = None,
    ) -> None:
        """Launch the kernel for the runs from ``first_run`` on; ``steps``: instead of all."""
        arrived = losses.new_zeros((len(losses), 2), dtype=torch.int32)
        for at in range(0, len(losses), self._abreast):
            some = slice(at, at + self._abreast)
            operands = contexts[some], targets[some], losses.new_tensor(rates[some]), losses[some]
            self._launch_abreast(first_run + at, *operands, arrived[some], steps)
        if arrived[:, 1].any():
            raise RuntimeError(
                "the programs of a run waited for each other in vain: other work holds the GPU"
            )

    def _launch_abreast(  # noqa: PLR0913, PLR0917 - a launch, with what it reads and writes
        self,
        first_run: int,
        contexts: Tensor,
        targets: Tensor,
        rates: Tensor,
        losses: Tensor,
        arrived: Tensor,
        steps: int | None,
    ) -> None:
        """Launch the kernel for runs whose programs are resident all at once.

        ``arrived``, int32 [R, 2]: zeros; output: arrivals, and 1 where a program waited in vain.
        """
        stacks, tuning, sizes = self._stacks, self._tuning, self.constants
        unused, programs = stacks["b2"], len(losses) * sizes["TEAM"]
        kernel: Any = self._kernel
        kernel[(programs,)](
            contexts,
            targets,
            rates,
            losses,
            losses.new_empty((programs, sizes["B_"], sizes["V_"] + sizes["J_"])),
            arrived,
            *(stacks.get(name, unused) for name in ("C", "W1", "b1", "W2", "b2", *NORM)),
            first_run,
            losses.shape[1] if steps is None else steps,
            self._momentum,
            PATIENCE,
            **sizes,
            num_warps=tuning.warps,
            num_stages=1,
            launch_cooperative_grid=True,  # refused by the driver where not all are resident
        )


def _power(number: int) -> int:
    """Return the least power of two that is at least ``number``."""
    return 1 << (number - 1).bit_length()


def _stacked(states: Sequence[dict[str, Tensor]]) -> dict[str, Tensor]:
    """Stack tensors of equal names, and make the tensors views of the stacks' rows."""
    stacks = {}
    for name in states[0]:
        stacks[name] = torch.stack([state[name].detach() for state in states])
        for state, row in zip(states, stacks[name], strict=True):
            state[name].data = row
    return stacks
