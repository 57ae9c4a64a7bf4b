"""The parameters of DeepOBS's quadratic_deep, see suite/data/builtin/quadratic.py."""

import keras
from keras import ops

from suite.data.builtin.quadratic import hessian
from suite.models.layers import Tensor


@keras.saving.register_keras_serializable(package="suite")
class RootOfQuadratic(keras.layers.Layer):
    """Computes sqrt(0.5 (theta - x)^T Q (theta - x)): [batch, 100] -> [batch, 1].

    Its mean square is the loss of quadratic_deep.
    """

    def build(self, input_shape: tuple[int, ...]) -> None:
        """Makes theta, [100], all ones: where DeepOBS starts."""
        self.theta = self.add_weight(shape=(input_shape[-1],), initializer="ones", name="theta")

    def call(self, x: Tensor) -> Tensor:
        """Computes the root."""
        gap = self.theta - x
        products = ops.matmul(gap, ops.convert_to_tensor(hessian(), gap.dtype))
        return ops.sqrt(0.5 * ops.sum(products * gap, axis=-1, keepdims=True))


def build(*, input_shape: tuple[int, ...], num_outputs: int) -> keras.Model:
    """Builds the test problem as a model of one layer.

    Args:
        input_shape: (100,): raw noise, not normalised.
        num_outputs: 1.

    Raises:
        ValueError: other shapes.
    """
    if input_shape != (100,) or num_outputs != 1:
        raise ValueError(
            "The model `quadratic` expects dataset=quadratic_deep: input_shape (100,), one output."
            f" Received: input_shape={input_shape}, num_outputs={num_outputs}."
        )
    inputs = keras.Input(input_shape)
    return keras.Model(inputs, RootOfQuadratic(name="quadratic")(inputs), name="quadratic")
