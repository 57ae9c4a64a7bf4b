"""Augments training images by layers in front of a model: random in training, absent in inference.

They are part of the compiled program.
"""

import keras

from suite.models.layers import Tensor, hashed, random_bits

NOISE = 0.3
"""Standard deviation of the noise on a pixel, where pixels have a standard deviation of 1."""


@keras.saving.register_keras_serializable("suite")
class Mixup(keras.layers.Layer):
    """Mixes each example of a batch with its neighbour in training: share * own + (1 - share) * neighbour's.

    The order of the data is random, and so is the neighbour. The share is uniform between 0 and 1, one for
    the whole batch: the mixup of Zhang et al. 2018 (arXiv:1710.09412) with alpha = 1, as they have it for
    CIFAR-10. Targets are mixed by whoever computes the loss, by `share`.

    Attributes:
        share: what the last batch was mixed by, a scalar variable that is not trained.
    """

    def __init__(self, **settings: object):
        super().__init__(**settings)
        self.seed_generator = keras.random.SeedGenerator()

    def build(self, input_shape: tuple[int, ...]) -> None:
        """Makes the share."""
        self.share = self.add_weight(shape=(), initializer="ones", trainable=False, name="share")

    def call(self, inputs: Tensor, training: bool = False) -> Tensor:
        """Mixes in training, and leaves examples as they are in inference."""
        if not training:
            return inputs
        seed, step = keras.ops.unstack(keras.ops.cast(self.seed_generator.next(), "uint32"))
        bits = random_bits((1,), hashed(seed), hashed(keras.ops.bitwise_xor(step, hashed(seed))))
        share = keras.ops.cast(bits[0], "float32") / 2.0**32
        self.share.assign(share)
        share = keras.ops.cast(share, inputs.dtype)
        return share * inputs + (1 - share) * neighbours(inputs)


def neighbours(batch: Tensor) -> Tensor:
    """Gives each example's neighbour in a batch: [batch, ...] of the next one, and of the last the first."""
    return keras.ops.roll(batch, -1, axis=0)


def share_at(model: keras.Model) -> int | None:
    """Gives the place of mixup's share among a model's variables that are not trained; None without mixup."""
    shares = [id(layer.share) for layer in model.layers if isinstance(layer, Mixup)]
    return next((i for i, v in enumerate(model.non_trainable_variables) if id(v) in shares), None)


def augment(model: keras.Model, augmentation: str, input_shape: tuple[int, ...]) -> keras.Model:
    """Puts a model behind the random layers of `keras.layers` that `augmentation` names.

    Args:
        model: on images.
        augmentation: `flip` mirrors left and right; `shift` moves by up to a tenth of each side; `noise`
            adds NOISE to every pixel; `mixup` is Mixup; `none` changes nothing.
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
    if augmentation == "noise":
        x = keras.layers.GaussianNoise(NOISE)(x)
    if augmentation == "mixup":
        x = Mixup()(x)
    x = keras.layers.Reshape(input_shape)(x)
    return keras.Model(inputs, model(x), name=model.name)
