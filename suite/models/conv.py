"""Convolutional network, over images (2D) or sequences (1D)."""

import keras

from suite.models.layers import counts, example_input, finish, head, penalty

Sizes = int | tuple[int, ...]


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
    padding: str | tuple[str, ...] = "same",
    pooling: str = "max",
    pool_size: int = 2,
    units: Sizes = (),
    activation: str = "relu",
    kernel_initializer: str = "glorot_uniform",
    normalization: str = "none",
    dropout: float = 0.0,
    l1: float = 0.0,
    l2: float = 0.0,
) -> keras.Model:
    """Blocks of convolution and pooling with strides of 2, then global average pooling, or dense layers of
    `units` on the flattened features. Examples of shape (height, width, channels), or (side, side), are
    images; (time, features), (features,) and tokens, embedded with as many features as the first block has
    filters, are sequences. Their padding stays zero and is not averaged.

    Args:
        width, depth: `width` filters in the first of `depth` blocks and twice as many in each next one; or
        filters: of each block.
        kernel_size, padding: of all blocks, or of each.
        pooling, pool_size: `max` or `average`; windows larger than the strides of 2 are padded.

    Returns:
        A functional model, float32 or tokens [batch, *input_shape] -> logits [batch, num_outputs].

    Raises:
        ValueError: an example of other rank or too small, or not one `kernel_size` or `padding` for each
            block.
    """
    fix = "at most {} `filters`, or model='dense'" if filters else "depth={} or less"
    filters, units = _several(filters) or tuple(width * 2**block for block in range(depth)), _several(units)
    kernels, paddings = (
        _each("kernel_size", kernel_size, len(filters)),
        _each("padding", padding, len(filters)),
    )
    kernel = {
        "kernel_initializer": kernel_initializer,
        "kernel_regularizer": penalty(l1, l2),
        "use_bias": normalization != "batch",
    }
    after = {"activation": activation, "normalization": normalization, "dropout": dropout}
    inputs = example_input(input_shape, vocabulary_size)
    mask = counts(inputs, vocabulary_size, masked)
    if vocabulary_size:
        x = keras.layers.Embedding(vocabulary_size, (*filters, width)[0])(inputs)
    else:
        x = _with_channels(inputs, masked)
    _check_size(input_shape, min(x.shape[1:-1]), kernels, paddings, pool_size, fix)
    rank, keep = (
        len(x.shape) - 2,
        None if mask is None else keras.ops.expand_dims(keras.ops.cast(mask, "float32"), -1),
    )
    pool = {"pool_size": pool_size, "strides": 2, "padding": "same" if pool_size > 2 else "valid"}
    x = _zeroed(x, keep)
    for number, size, around in zip(filters, kernels, paddings, strict=True):
        x = finish(_layer("Conv", rank)(number, size, padding=around, **kernel)(x), **after)
        keep = None if keep is None else keep[:, : x.shape[1]]
        x = _layer(f"{pooling.title()}Pooling", rank)(**pool)(_zeroed(x, keep))
        keep = None if keep is None else keras.layers.MaxPooling1D(**pool)(keep)
    if units:
        x = keras.layers.Flatten()(x)
    else:
        x = _layer("GlobalAveragePooling", rank)()(x, **({} if keep is None else {"mask": keep[..., 0]}))
    for number in units:
        x = finish(keras.layers.Dense(number, **kernel)(x), **after)
    return keras.Model(inputs, head(x, num_outputs), name="conv")


def _layer(name: str, rank: int) -> type[keras.layers.Layer]:
    return getattr(keras.layers, f"{name}{rank}D")


def _several(value: Sizes | None) -> tuple[int, ...]:
    return (value,) if isinstance(value, int) else tuple(value or ())


def _each(name: str, value: Sizes | str | tuple[str, ...], blocks: int) -> tuple:
    """One value for each block."""
    values = value if isinstance(value, tuple | list) else (value,)
    if len(values) not in (1, blocks):
        raise ValueError(
            f"`{name}` expects one value, or one for each of {blocks} blocks. Received: {tuple(values)}."
        )
    return tuple(values) * (blocks if len(values) == 1 else 1)


def _zeroed(x, keep):
    return x if keep is None else x * keras.ops.cast(keep, x.dtype)


def _check_size(
    input_shape, side: int, kernels: tuple[int, ...], paddings: tuple[str, ...], pool_size: int, fix: str
) -> None:
    """Refuses examples of which nothing would be left after the blocks."""
    needs = [_smallest(kernels[:blocks], paddings[:blocks], pool_size) for blocks in range(len(kernels) + 1)]
    if side < needs[-1]:
        raise ValueError(
            f"model='conv' halves each side {len(kernels)} times and expects at least {needs[-1]} there. Received: examples of"
            f" shape {tuple(input_shape)}. Use {fix.format(sum(need <= side for need in needs) - 1)}."
        )


def _smallest(kernels: tuple[int, ...], paddings: tuple[str, ...], pool_size: int) -> int:
    """The smallest side of which something is left after the blocks."""
    side = 1
    for kernel, padding in zip(reversed(kernels), reversed(paddings), strict=True):
        side = 2 * side - 1 if pool_size > 2 else 2 * side
        side = side if padding == "same" else side + kernel - 1
    return side


def _with_channels(inputs, masked: bool):
    """`inputs` with a channel axis."""
    shape = inputs.shape[1:]
    if len(shape) == 1 or (len(shape) == 2 and shape[0] == shape[1] and not masked):
        return keras.layers.Reshape((*shape, 1))(inputs)
    if len(shape) in (2, 3):
        return inputs
    raise ValueError(
        f"model='conv' expects examples of shape (height, width, channels), (height, width), (time, features) or (features,)."
        f" Received: {tuple(shape)}."
    )
