"""Data augmentation as layers in front of a model: random in training, absent in inference, part of the
compiled program."""

import keras


def augment(model: keras.Model, augmentation: str) -> keras.Model:
    """`model` behind the random layers that `augmentation` names, from `keras.layers`.

    Args:
        model: on images (height, width), or (height, width, channels).
        augmentation: `flip` mirrors left and right; `shift` moves by up to a tenth of each side.

    Raises:
        ValueError: the inputs are no images, or the model has a `train_step` of its own, which would be lost.
    """
    if augmentation == "none":
        return model
    if type(model).train_step is not keras.Model.train_step:
        raise ValueError(
            f"`augmentation` expects a model without a `train_step` of its own. Received: {type(model).__name__}."
        )
    shape = model.input_shape[1:]
    if len(shape) not in (2, 3):
        raise ValueError(
            f"`augmentation` expects images of shape (height, width) or (height, width, channels). Received: {tuple(shape)}."
        )
    inputs = keras.Input(shape)
    x = inputs if len(shape) == 3 else keras.layers.Reshape((*shape, 1))(inputs)
    if "flip" in augmentation:
        x = keras.layers.RandomFlip("horizontal")(x)
    if "shift" in augmentation:
        x = keras.layers.RandomTranslation(0.1, 0.1, fill_mode="nearest")(x)
    x = keras.layers.Reshape(shape)(x)
    return keras.Model(inputs, model(x), name=model.name)
