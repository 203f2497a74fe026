"""The operators of TorchScript that a network may call: each computes, and does nothing else.

None opens a file, writes to a tensor, returns memory that was never written, or prints.
"""

from typing import Final

PURE: Final = frozenset(
    """
    __and__ __contains__ __derive_index __getitem__ __is__ __isnot__ __not__ __or__
    __range_length __round_to_zero_floordiv __xor__ abs acos acosh adaptive_avg_pool1d
    adaptive_max_pool1d add addcdiv addcmul addmm alias all amax amin any arange argmax argmin
    argsort asin asinh atan atan2 atanh avg_pool1d baddbmm bilinear bitwise_and bitwise_not
    bitwise_or bitwise_xor bmm Bool broadcast_tensors broadcast_to bucketize cat ceil celu chunk
    clamp clamp_max clamp_min clone column_stack concat concatenate constant_pad_nd contiguous
    conv1d conv2d conv_transpose1d convolution cos cosh cosine_similarity count_nonzero cross
    cummax cummin cumprod cumsum data deg2rad detach diag diag_embed diagonal diff dim div
    divide dot dropout einsum elu embedding embedding_bag endswith eq erf erfc exp exp2 expand
    expand_as expm1 find flatten flip fliplr flipud Float FloatImplicit floor floor_divide
    format frac full full_like gather gcd ge gelu get glu greater greater_equal
    group_norm gru gru_cell gt hardshrink hardsigmoid hardswish hardtanh heaviside hstack hypot
    index index_add index_copy index_fill index_put index_select inner Int IntImplicit
    is_contiguous is_floating_point isclose isfinite isinf isnan isneginf isposinf item items
    keys kron kthvalue layer_norm ldexp le leaky_relu len lerp less less_equal lgamma
    linalg_norm linalg_vector_norm linear linspace list log log10 log1p log2 log_sigmoid
    log_softmax logaddexp logaddexp2 logcumsumexp logical_and logical_not logical_or logical_xor
    logit logsumexp lower lstm lstm_cell lt masked_fill masked_scatter masked_select matmul max
    max_pool1d maximum mean median meshgrid min minimum mish mm mode movedim mul multiply mv
    nan_to_num narrow native_layer_norm ne neg negative new_full new_ones new_zeros nonzero norm
    not_equal numel one_hot ones ones_like outer pad percentFormat permute pixel_shuffle pow
    prelu prod rad2deg ravel reciprocal relu relu6 repeat replace
    reshape rms_norm rnn_relu rnn_relu_cell rnn_tanh rnn_tanh_cell roll rot90 round rsqrt rsub
    scalar_tensor ScalarImplicit scaled_dot_product_attention scatter scatter_add searchsorted
    select selu sigmoid sign silu sin sinc sinh size slice softmax softplus softshrink sorted
    split split_with_sizes sqrt square squeeze stack startswith std std_mean stride strip sub
    subtract sum swapaxes swapdims t take take_along_dim tan tanh tensor tensor_split tensordot
    threshold tile to topk transpose tril triu true_divide trunc type_as unbind unflatten unfold
    unsqueeze upper values var var_mean view view_as vstack where xlogy zeros zeros_like
    """.split()  # noqa: SIM905 - a long list of words reads best as text
)
"""Names of pure operators in the namespace ``aten``, which code calls as ``torch.NAME``."""

PURE_PRIM: Final = frozenset(
    """
    abs data device dtype is_cpu is_cuda is_nested layout max min NumToTensor RaiseException
    requires_grad TupleIndex TupleUnpack type unchecked_cast unchecked_unwrap_optional
    """.split()  # noqa: SIM905 - a long list of words reads best as text
)
"""Names of pure operators in the namespace ``prim``, which code calls as ``ops.prim.NAME``."""

APPENDING: Final = "append"
"""The one operator that changes a value: allowed on a list that the same function has made."""

WARNING: Final = "warn"
"""The operator that prints: calls of it are left out."""
