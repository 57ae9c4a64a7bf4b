"""LeNet-5, for the benchmark: the suite itself has no such builder."""

import keras


def build(
    *, input_shape: tuple[int, ...], num_outputs: int, kernel_initializer: str = "glorot_uniform"
) -> keras.Model:
    """LeNet-5 (LeCun et al. 1998, doi:10.1109/5.726791) with rectifiers and plain average pooling.

    Returns:
        A functional model, float32 [batch, 28, 28] -> logits [batch, num_outputs].
    """
    layers, hidden = keras.layers, {"activation": "relu", "kernel_initializer": kernel_initializer}
    inputs = keras.Input(input_shape)
    x = layers.Reshape((*input_shape, 1))(inputs)
    x = layers.AveragePooling2D(2)(layers.Conv2D(6, 5, padding="same", **hidden)(x))
    x = layers.AveragePooling2D(2)(layers.Conv2D(16, 5, **hidden)(x))
    x = layers.Dense(84, **hidden)(layers.Dense(120, **hidden)(layers.Flatten()(x)))
    return keras.Model(inputs, layers.Dense(num_outputs)(x), name="lenet5")
