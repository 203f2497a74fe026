"""Folding BatchNorm: with fixed statistics it is affine, and collapses into the layer before it.

      gain (x @ W + b - mean) / std + bias  =  x @ (W gain/std) + (bias + (b - mean) gain/std)

``Network.fold`` of each family folds its layers by ``fold_batchnorm`` and its embedding into the
first layer; ``folded.py`` holds the modules that are exported.
"""

from torch import Tensor


def fold_batchnorm(  # noqa: PLR0913 - a layer and its BatchNorm
    matrix: Tensor, shift: Tensor | float, *, gain: Tensor, bias: Tensor, mean: Tensor, std: Tensor
) -> tuple[Tensor, Tensor]:
    """Fold BatchNorm into the layer before it; return the layer's new matrix and shift.

    Args:
        matrix: weights [I, H].
        shift: bias of the layer, [H] or 0.
        gain: BatchNorm's gain, [1, H] or [H]; ``bias``, ``mean`` and ``std`` have the same shape.
        bias: BatchNorm's bias.
        mean: BatchNorm's running mean.
        std: BatchNorm's running standard deviation.
    """
    scale = gain / std
    return matrix * scale, bias + (shift - mean) * scale
