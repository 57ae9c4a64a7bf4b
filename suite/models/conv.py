"""Convolutional network, over images (2D) or sequences (1D)."""

from collections.abc import Sequence
from typing import Any, TypeVar

import keras

from suite.models.layers import Tensor, example_input, finish, head, kernel_arguments, padding_mask

Sizes = int | tuple[int, ...]
One = TypeVar("One", int, str)


def build(
    *,
    input_shape: tuple[int, ...],
    num_outputs: int,
    vocabulary_size: int | None = None,
    masked: bool = False,
    width: int = 32,
    depth: int = 2,
    filters: Sizes | None = None,
    kernel_size: Sizes = 3,
    strides: Sizes = 1,
    padding: str | tuple[str, ...] = "same",
    pooling: str = "max",
    pool_size: int = 2,
    units: Sizes = (),
    activation: str = "relu",
    kernel_initializer: str = "glorot_uniform",
    normalization: str = "none",
    residual: bool = False,
    dropout: float = 0.0,
    l1: float = 0.0,
    l2: float = 0.0,
) -> keras.Model:
    """Builds blocks of convolution and pooling with strides of 2, and an average or dense layers behind them.

    Examples of shape (height, width, channels), or (side, side), are images; (time, features), (features,)
    and tokens, embedded with as many features as the first block has filters, are sequences. Their padding
    stays zero, and counts neither in an average or a maximum nor in a normalization.

    Args:
        input_shape: of an example.
        num_outputs: logits.
        vocabulary_size, masked: see `suite.models.DATA_ARGUMENTS`.
        width: filters in the first block, twice as many in each next one; without meaning beside `filters`.
        depth: number of blocks; without meaning beside `filters`.
        filters: of each block.
        kernel_size: of all blocks, or of each.
        strides: of the convolutions of all blocks, or of each.
        padding: `same` or `valid`, of all blocks or of each.
        pooling: `max`, `average` or `none`.
        pool_size: sides of its windows; larger ones than the strides of 2 are padded.
        units: of the dense layers behind the flattened last block, in place of global average pooling.
        activation, kernel_initializer: Keras's names.
        normalization: `none`, `batch` or `layer`.
        residual: whether each block adds its input, or a projection of it to as many filters, to its output
            before the pooling (He et al. 2016, arXiv:1512.03385).
        dropout: rate after each block and dense layer.
        l1, l2: factors of the kernels' penalty.

    Returns:
        A functional model, float32 or tokens [batch, *input_shape] -> logits [batch, num_outputs].

    Raises:
        ValueError: an example of other rank or too small, not one `kernel_size`, `strides` or `padding` for
            each block, or `residual` beside a padding of `valid`.
    """
    fix = "at most {} `filters`, or model='dense'" if filters else "depth={} or less"
    sizes = _several(filters) or tuple(width * 2**block for block in range(depth))
    kernels = _each("kernel_size", kernel_size, len(sizes))
    steps, paddings = _each("strides", strides, len(sizes)), _each("padding", padding, len(sizes))
    if residual and "valid" in paddings:
        raise ValueError(
            f"`residual` expects padding='same', which keeps sizes. Received: padding={padding!r}."
        )
    kernel = {**kernel_arguments(kernel_initializer, l1, l2), "use_bias": normalization != "batch"}
    after: dict[str, Any] = {"activation": activation, "normalization": normalization, "dropout": dropout}
    inputs = example_input(input_shape, vocabulary_size)
    mask = padding_mask(inputs, vocabulary_size, masked)
    if vocabulary_size:
        x = keras.layers.Embedding(vocabulary_size, (*sizes, width)[0])(inputs)
    else:
        x = _with_channels(inputs, masked)
    window = 1 if pooling == "none" else pool_size
    _check_size(input_shape, min(x.shape[1:-1]), (kernels, steps, paddings), window, fix)
    rank = len(x.shape) - 2
    pool = {"pool_size": pool_size, "strides": 2, "padding": "same" if pool_size > 2 else "valid"}
    x = _zeroed(x, mask)
    for number, size, step, around in zip(sizes, kernels, steps, paddings, strict=True):
        y = _layer("Conv", rank)(number, size, step, padding=around, **kernel)(x)
        mask = None if mask is None else mask[:, ::step][:, : y.shape[1]]
        y = finish(y, **after, mask=mask)
        if residual and (x.shape[-1] != number or step > 1):
            same = {"kernel_initializer": kernel_initializer, "use_bias": False}
            x = _layer("Conv", rank)(number, 1, step, padding="same", **same)(x)
        x = x + y if residual else y
        if pooling == "none":
            x = _zeroed(x, mask)
        else:
            x, mask = _pooled(x, mask, _layer(f"{pooling.title()}Pooling", rank)(**pool), pool)
    if units:
        x = keras.layers.Flatten()(x)
    else:
        x = _layer("GlobalAveragePooling", rank)()(x, **({} if mask is None else {"mask": mask}))
    for number in _several(units):
        x = finish(keras.layers.Dense(number, **kernel)(x), **after)
    return keras.Model(inputs, head(x, num_outputs), name="conv")


def _pooled(
    x: Tensor, mask: Tensor | None, layer: keras.layers.Layer, pool: dict[str, Any]
) -> tuple[Tensor, Tensor | None]:
    """Pools the steps that count.

    Args:
        x: [batch, ..., filters].
        mask: [batch, time] bool, or None where all count.
        layer: that pools.
        pool: its arguments.

    Returns:
        Pooled features, zero where nothing counts, and the mask of what is left.
    """
    if mask is None:
        return layer(x), None
    counted = keras.ops.expand_dims(mask, -1)
    share = keras.ops.cast(counted, x.dtype)
    left = keras.layers.MaxPooling1D(**pool)(share)
    if isinstance(layer, keras.layers.MaxPooling1D):
        x = layer(keras.ops.where(counted, x, float("-inf")))
    else:
        x = layer(x * share) / keras.ops.maximum(layer(share), 1e-6)
    return keras.ops.where(left > 0, x, 0), left[..., 0] > 0


def _layer(name: str, rank: int) -> type[keras.layers.Layer]:
    return getattr(keras.layers, f"{name}{rank}D")


def _several(value: Sizes | None) -> tuple[int, ...]:
    return (value,) if isinstance(value, int) else tuple(value or ())


def _each(name: str, value: One | tuple[One, ...], blocks: int) -> tuple[One, ...]:
    """One value for each block."""
    values = (value,) if isinstance(value, int | str) else tuple(value)
    if len(values) not in (1, blocks):
        raise ValueError(
            f"`{name}` expects one value, or one for each of {blocks} blocks. Received: {values}."
        )
    return values * (blocks if len(values) == 1 else 1)


def _zeroed(x: Tensor, mask: Tensor | None) -> Tensor:
    return x if mask is None else x * keras.ops.expand_dims(keras.ops.cast(mask, x.dtype), -1)


def _check_size(
    input_shape: tuple[int, ...],
    side: int,
    blocks: tuple[tuple[int, ...], tuple[int, ...], tuple[str, ...]],
    window: int,
    fix: str,
) -> None:
    """Refuses examples of which nothing would be left after the blocks: kernels, strides and paddings."""
    count = len(blocks[0])
    needs = [_smallest(tuple(zip(*blocks, strict=True))[:number], window) for number in range(count + 1)]
    if side < needs[-1]:
        raise ValueError(
            f"model='conv' makes each side smaller {count} times and expects at least {needs[-1]} there."
            f" Received: examples of shape {tuple(input_shape)}."
            f" Use {fix.format(sum(need <= side for need in needs) - 1)}."
        )


def _smallest(blocks: Sequence[tuple[int, int, str]], window: int) -> int:
    """The smallest side of which something is left after blocks of (kernel, stride, padding)."""
    side = 1
    for kernel, step, padding in reversed(blocks):
        side = side if window == 1 else 2 * side - 1 if window > 2 else 2 * side
        side = (side - 1) * step + (1 if padding == "same" else kernel)
    return side


def _with_channels(inputs: Tensor, masked: bool) -> Tensor:
    """`inputs` with a channel axis."""
    shape = inputs.shape[1:]
    if len(shape) == 1 or (len(shape) == 2 and shape[0] == shape[1] and not masked):
        return keras.layers.Reshape((*shape, 1))(inputs)
    if len(shape) in (2, 3):
        return inputs
    raise ValueError(
        "model='conv' expects examples of shape (height, width, channels), (height, width), (time, features)"
        f" or (features,). Received: {tuple(shape)}."
    )
