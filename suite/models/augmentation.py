"""Augments training images by layers in front of a model: random in training, absent in inference.

They are part of the compiled program.
"""

import keras


def augment(model: keras.Model, augmentation: str, input_shape: tuple[int, ...]) -> keras.Model:
    """Puts a model behind the random layers of `keras.layers` that `augmentation` names.

    Args:
        model: on images.
        augmentation: `flip` mirrors left and right; `shift` moves by up to a tenth of each side; `none`
            changes nothing.
        input_shape: of an image: (height, width), or (height, width, channels).

    Raises:
        ValueError: the inputs are no images, or the model has a `train_step` of its own, which would be lost.
    """
    if augmentation == "none":
        return model
    if type(model).train_step is not keras.Model.train_step:
        raise ValueError(
            "`augmentation` expects a model without a `train_step` of its own."
            f" Received: {type(model).__name__}."
        )
    if len(input_shape) not in (2, 3):
        raise ValueError(
            "`augmentation` expects images of shape (height, width) or (height, width, channels)."
            f" Received: {tuple(input_shape)}."
        )
    inputs = keras.Input(input_shape)
    x = inputs if len(input_shape) == 3 else keras.layers.Reshape((*input_shape, 1))(inputs)
    if "flip" in augmentation:
        x = keras.layers.RandomFlip("horizontal")(x)
    if "shift" in augmentation:
        x = keras.layers.RandomTranslation(0.1, 0.1, fill_mode="nearest")(x)
    x = keras.layers.Reshape(input_shape)(x)
    return keras.Model(inputs, model(x), name=model.name)
