"""Folding BatchNorm: its running statistics are affine, and collapse into the layer before it.

      gain (x @ W + b - mean) / std + bias  =  x @ (W gain/std) + (bias + (b - mean) gain/std)

``Network.fold`` of each family folds its layers by ``fold_batchnorm`` and its embedding into the
first of them; ``folded.py`` holds the modules that are exported.
"""

from torch import Tensor


def fold_batchnorm(  # noqa: PLR0913 - a layer and its BatchNorm
    matrix: Tensor, shift: Tensor | float, *, gain: Tensor, bias: Tensor, mean: Tensor, std: Tensor
) -> tuple[Tensor, Tensor]:
    """Fold BatchNorm into the layer before it; return the layer's new matrix and shift.

    Args:
        matrix: weights [I, H].
        shift: bias of the layer, [H] or 0.
        gain: of BatchNorm, [1, H] or [H], like all that follow.
        bias: of BatchNorm.
        mean: running mean.
        std: running standard deviation.
    """
    scale = gain / std
    return matrix * scale, bias + (shift - mean) * scale
