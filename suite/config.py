"""Config: every hyperparameter of one training, validated when constructed. Importable without TensorFlow."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from suite.data import check_name as check_dataset
from suite.models import ACTIVATIONS, INITIALIZERS, hyperparameters
from suite.models import check_name as check_model
from suite.names import one_of
from suite.optimizers import OPTIMIZERS

SCHEDULES = ("constant", "cosine_decay", "exponential_decay", "inverse_time_decay", "polynomial_decay")

TRACED = (
    "seed", "kernel_initializer", "learning_rate", "learning_rate_schedule", "warmup", "momentum", "beta_1",
    "beta_2", "rho", "epsilon", "weight_decay", "dropout", "l1", "l2", "epochs", "patience", "monitor", "checkpoint",
)  # fmt: skip
"""Fields that a compiled program takes as input: trainings that differ only in these can share one."""

MODEL_FIELDS = (
    "width", "depth", "activation", "kernel_initializer", "normalization", "dropout", "l1", "l2", "kernel_size", "cell",
    "num_heads",
)  # fmt: skip
"""Fields that a model's builder may take."""

PositiveInt = Annotated[int, Field(ge=1)]
Positive = Annotated[float, Field(gt=0)]
NonNegative = Annotated[float, Field(ge=0)]
Fraction = Annotated[float, Field(ge=0, lt=1)]


class Config(BaseModel):
    """Every hyperparameter of one training. Frozen; `config.replace(dropout=0.2)` gives a validated copy.

    Names and meanings are Keras's own wherever Keras has the thing. `None` means the default of Keras, of the model's
    builder or of the data set.

    Attributes:
        dataset: name of a data set (`suite data` lists them).
        data_seed: seed of the train/validation split, apart from the training's `seed`.
        train_size, validation_size: number of examples; None takes the data set's own split.
        model: name of a builder: dense, conv, rnn, transformer; or the path of a file with a `build` of your own.
        width: units, filters or model width of a hidden layer. depth: number of hidden layers or blocks.
        kernel_size: of a convolution. cell: of a recurrent layer. num_heads: of attention.
        normalization: layer put into each hidden layer, before the activation.
        augmentation: random changes of training images: mirrored left and right, moved by up to a tenth of each side.
        dropout: fraction of units dropped after each hidden layer, in [0, 1). l1, l2: kernel penalties.
        optimizer: name in `suite.optimizers`; momentum ... weight_decay: its own hyperparameters.
        global_clipnorm: bound on the norm of the whole gradient.
        learning_rate_schedule: shape over the whole training of the factor on `learning_rate`.
        warmup: fraction of the steps over which the factor rises linearly from 0.
        batch_size: examples a step; what an epoch leaves over (fewer than one batch) waits for the next order.
        epochs: passes over the training split. evaluate_every: steps between evaluations; None: one an epoch.
        checkpoint: weights that are kept and tested: those of the `best` evaluation by `monitor`, or the `last`.
        patience: early stopping: evaluations without a better `monitor` before the training ends; None: never.
        seed: of initial weights, data order and dropout, which have a stream each.
        dtype_policy: Keras dtype policy; mixed_* computes in 16 bits and keeps 32-bit weights.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, validate_default=True)

    dataset: str = "fashion_mnist"
    data_seed: Annotated[int, Field(ge=0)] = 0
    train_size: PositiveInt | None = None
    validation_size: PositiveInt | None = None

    model: str = "dense"
    width: PositiveInt | None = None
    depth: Annotated[int, Field(ge=0)] | None = None
    activation: str | None = None
    kernel_initializer: str = "glorot_uniform"
    normalization: Literal["none", "batch", "layer"] = "none"
    dropout: Fraction = 0.0
    l1: NonNegative = 0.0
    l2: NonNegative = 0.0
    kernel_size: PositiveInt = 3
    cell: Literal["simple_rnn", "gru", "lstm"] = "gru"
    num_heads: PositiveInt = 4
    augmentation: Literal["none", "flip", "shift", "flip_and_shift"] = "none"

    optimizer: str = "adam"
    learning_rate: Positive = 0.001
    momentum: Fraction | None = None
    beta_1: Fraction | None = None
    beta_2: Fraction | None = None
    rho: Fraction | None = None
    epsilon: Positive | None = None
    weight_decay: NonNegative | None = None
    global_clipnorm: Positive | None = None
    learning_rate_schedule: Literal[SCHEDULES] = "constant"
    warmup: Fraction = 0.0

    batch_size: PositiveInt = 128
    epochs: PositiveInt = 10
    evaluate_every: PositiveInt | None = None
    monitor: Literal["val_loss", "val_accuracy"] = "val_loss"
    checkpoint: Literal["best", "last"] = "best"
    patience: PositiveInt | None = None
    seed: Annotated[int, Field(ge=0)] = 0
    dtype_policy: Literal["float32", "mixed_float16", "mixed_bfloat16"] = "float32"

    @model_validator(mode="after")
    def _names_exist(self):
        check_dataset(self.dataset)
        check_model(self.model)
        if self.activation is not None:
            one_of("activation", self.activation, ACTIVATIONS)
        one_of("kernel_initializer", self.kernel_initializer, INITIALIZERS)
        one_of("optimizer", self.optimizer, OPTIMIZERS)
        return self

    @model_validator(mode="after")
    def _model_has_its_hyperparameters(self):
        takes = hyperparameters(self.model)
        for name in MODEL_FIELDS:
            value = getattr(self, name)
            if value != Config.model_fields[name].default and name not in takes:
                raise ValueError(
                    f"`{name}` is not a hyperparameter of model={self.model!r}, which takes {', '.join(takes)}."
                    f" Received: {name}={value!r}."
                )
        return self

    @model_validator(mode="after")
    def _optimizer_has_its_hyperparameters(self):
        takes = OPTIMIZERS[self.optimizer].hyperparameters
        for name in ("momentum", "beta_1", "beta_2", "rho", "epsilon", "weight_decay"):
            if getattr(self, name) is not None and name not in takes:
                raise ValueError(
                    f"`{name}` is not a hyperparameter of optimizer={self.optimizer!r}, which takes {', '.join(takes) or 'none'}."
                    f" Received: {name}={getattr(self, name)!r}."
                )
        return self

    @property
    def minimize(self) -> bool:
        """Whether a smaller `monitor` is better."""
        return self.monitor.endswith("loss")

    def replace(self, **changes) -> "Config":
        """A validated copy with other values."""
        return Config(**{**self.model_dump(), **changes})
