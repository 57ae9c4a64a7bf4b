"""Config: every hyperparameter of one training, validated when constructed. Importable without TensorFlow."""

from collections.abc import Iterable
from typing import Annotated, Any, Literal, get_args

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    model_validator,
)

from suite.data import OWN_FIELDS
from suite.data import check_name as check_dataset
from suite.data import is_own as is_own_data
from suite.models import (
    ACTIVATIONS,
    CLASSICS,
    INITIALIZERS,
    arguments,
    data_arguments,
    hyperparameters,
    is_own,
)
from suite.models import check_name as check_model
from suite.names import did_you_mean, one_of
from suite.study.fields import (
    Composed,
    Fraction,
    NonNegative,
    Paddings,
    Positive,
    PositiveInt,
    Quantiles,
    Share,
    Sizes,
    one_of_these,
)
from suite.study.optimizers import OPTIMIZERS
from suite.study.prediction import Scalar
from suite.study.renamed import refuse_moved
from suite.study.settings import SETTABLE, check_own
from suite.tasks import LOSSES, MONITORS, minimized

SCHEDULES = (
    "constant", "cosine_decay", "exponential_decay", "inverse_time_decay", "piecewise_constant_decay",
    "polynomial_decay", "range_test",
)  # fmt: skip

PROGRAM_INPUTS = (
    "seed", "kernel_initializer", "initial_scale", "learning_rate", "learning_rate_schedule", "warmup",
    "momentum", "beta_1", "beta_2", "rho", "epsilon", "weight_decay", "beta_2_decay", "clip_threshold",
    "dropout", "l1", "l2", "epochs", "patience", "monitor", "checkpoint", "pretraining_epochs", "reshuffle",
)  # fmt: skip
"""Fields that a compiled program takes as input: trainings that differ only in these can share one."""

MODEL_FIELDS = (
    "width", "depth", "activation", "kernel_initializer", "normalization", "residual", "dropout", "l1", "l2",
    "filters", "kernel_size", "strides", "padding", "pooling", "pool_size", "units", "cell", "bidirectional",
    "causal",
    "num_heads", "intermediate_dim", "positional_encoding", "normalize_first", "attention",
)  # fmt: skip
"""Fields that a model's builder may take."""

OPTIMIZER_FIELDS = (
    "momentum", "beta_1", "beta_2", "rho", "epsilon", "weight_decay", "beta_2_decay", "clip_threshold",
)  # fmt: skip
"""Fields that an optimizer may take, besides the learning rate and the bound on the gradient."""


def _types(annotation: Any) -> set[Any]:
    """The types of numbers that an annotation is made of."""
    inside = set().union(*map(_types, get_args(annotation)))
    return inside | ({annotation} if annotation in (int, float) else set())


class Config(BaseModel):
    """Holds every hyperparameter of one training. Frozen; `config.replace(dropout=0.2)` gives a validated
    copy.

    Names and meanings are Keras's own wherever Keras has the thing. `None` means the default of Keras, of the
    model's builder or of the data set. What is said of a user's own files is checked by
    `suite.study.resolve`.

    Beside these a configuration with a model of one's own holds arguments of its `build` under their names:
    `Config(model="own.py", bottleneck=16).bottleneck`. They are compiled into a program.

    Attributes:
        dataset: name of a data set (`suite data` lists them), or the path of a file or folder of your own.
        data_seed: seed of the train/validation split, apart from the training's `seed`.
        train_size: number of training examples; None takes the data set's own split.
        validation_size: number of validation examples; None takes the data set's own split.
        label_noise: share of the training labels that are redrawn at random, each class equally likely; the
            labels of validation and test stay true.
        target: column of one's own data that is predicted; `:classification` or `:regression` after it
            decides the task.
        group: column of one's own data whose rows of one value stay on one side of every split.
        time: column of one's own data by which splits go from past to future.
        window: rows of the past that a forecast of one's own table is made from; with `horizon` and `time`.
        horizon: rows after them whose target it predicts.
        decimal: decimal sign of one's own table; this and the next three are what cannot be inferred, see
            `suite.data.user.options`.
        encoding: of one's own table.
        missing: what stands for a missing value in one's own table.
        types: COLUMN=KIND of one's own table.
        input_scaling: of numbers, fitted on the training split: `standardize` brings each column, or
            all pixels, to mean 0 and variance 1, `min_max` to the range from 0 to 1.
        outliers: share of the training targets of a regression that are ten times what they should be.
        quantiles: that a regression predicts, in place of the mean: rising numbers between 0 and 1.
        max_tokens: words of a text that are told apart, the most frequent ones of the training split.
        sequence_length: words of a text that are read; None: as many as 95% of the training texts have, at
            most 400. Of the data set `adding`, its time steps.
        positions: whether the pixels, time steps or columns of all examples are `shuffled`, in one random
            order, so that neighbours are none any more.
        reduction: of the features before the model, fitted on the training split by scikit-learn:
            `select_k_best` keeps those that depend most on the target, each by itself; `pca` and `pls`
            (partial least squares) make new ones.
        n_components: features that a reduction leaves; None: 20.
        model: name of a builder in `suite.models.MODELS`, or of one in `suite.models.CLASSICS`, which brings
            settings of its own for what is None here; or the path of a file with a `build` of your own.
        width: units, filters or model width of a hidden layer.
        depth: number of hidden layers or blocks.
        activation: of the hidden layers.
        kernel_initializer: draws the initial kernels.
        initial_scale: factor on the initial kernels.
        normalization: layer put into each hidden layer, before the activation.
        residual: whether each hidden layer or block adds its input to its output.
        dropout: fraction of units dropped after each hidden layer, in [0, 1).
        l1: penalty on the sum of the kernels' absolute values.
        l2: penalty on the sum of the kernels' squares.
        filters: of each convolution, in place of `width` and `depth`: one number a block, as 6,16.
        kernel_size: of all convolutions, or of each.
        strides: of all convolutions, or of each.
        padding: `same` or `valid`, of all convolutions or of each.
        pooling: `max`, `average` or `none`, after each block.
        pool_size: of that pooling.
        units: of the dense layers after the flattened last block, in place of global average pooling.
        cell: of a recurrent layer.
        bidirectional: whether a recurrent layer reads in both directions.
        causal: whether a step of a Transformer sees no later one.
        num_heads: of attention.
        intermediate_dim: units of a Transformer's feed-forward layer.
        positional_encoding: how a Transformer knows the order.
        normalize_first: whether a Transformer normalizes before its layers rather than after them.
        attention: of a recurrent seq2seq decoder to its encoder.
        augmentation: random changes of training images: mirrored left and right, moved by up to a tenth of
            each side, with noise on every pixel, or mixed with another image and its target (mixup).
        class_weight: `balanced`: what training minimises weighs each class of a classification by the inverse
            of its share; what is measured weighs all examples alike.
        loss: what training minimises, by Keras's name; None: the loss of the task. What is measured,
            and called the loss, is that of the task in any case, so that trainings can be compared.
        optimizer: name in `suite.study.optimizers`.
        learning_rate: of the optimizer, before warm-up and schedule.
        momentum: of the optimizer, as are the next seven, where it has such a hyperparameter.
        beta_1: decay rate of the mean of the gradients.
        beta_2: decay rate of the mean of their squares.
        rho: the same, of RMSprop and Adadelta.
        epsilon: keeps a denominator from 0.
        weight_decay: share of a weight that is taken off at each step, times the learning rate.
        beta_2_decay: power of the step in Adafactor's decay rate of the mean of the squares.
        clip_threshold: root mean square of a weight's step above which Adafactor shortens it.
        global_clipnorm: bound on the norm of the whole gradient.
        learning_rate_schedule: shape over the whole training of the factor on `learning_rate`.
        warmup: fraction of the steps over which the factor rises linearly from 0.
        batch_size: examples a step; what an epoch leaves over (fewer than one batch) waits for the next
            order.
        reshuffle: whether every epoch has an order of its own; else all have that of the first.
        pretraining_epochs: passes over the training texts in which a Transformer's encoder first learns to
            predict masked words, with all the same settings; the training for the task begins from its
            weights (BERT, arXiv:1810.04805).
        epochs: passes over the training split.
        evaluate_every: steps between evaluations; None: one an epoch.
        monitor: metric that trainings are judged by.
        checkpoint: weights that are kept and tested: those of the `best` evaluation by `monitor`, or the
            `last`.
        patience: early stopping: evaluations without a better `monitor` before the training ends; None:
            never.
        seed: of initial weights, data order and dropout, which have a stream each.
        dtype_policy: Keras dtype policy; mixed_* computes in 16 bits and keeps 32-bit weights.
    """

    model_config = ConfigDict(frozen=True, extra="allow", allow_inf_nan=False, validate_default=True)

    dataset: str = "fashion_mnist"
    data_seed: Annotated[int, Field(ge=0)] = 0
    train_size: PositiveInt | None = None
    validation_size: PositiveInt | None = None
    label_noise: Share = 0.0
    target: Composed | None = None
    group: Composed | None = None
    time: Composed | None = None
    window: PositiveInt | None = None
    horizon: PositiveInt | None = None
    decimal: str | None = None
    encoding: str | None = None
    missing: str | None = None
    types: Composed | None = None
    input_scaling: Literal["none", "min_max", "standardize"] = "standardize"
    outliers: Fraction = 0.0
    quantiles: Quantiles | None = None
    max_tokens: Annotated[int, Field(ge=8)] = 10_000
    sequence_length: PositiveInt | None = None
    positions: Literal["in_order", "shuffled"] = "in_order"
    reduction: Literal["none", "select_k_best", "pca", "pls"] = "none"
    n_components: PositiveInt | None = None

    model: str = "dense"
    width: PositiveInt | None = None
    depth: Annotated[int, Field(ge=0)] | None = None
    activation: str | None = None
    kernel_initializer: str = "glorot_uniform"
    initial_scale: Positive = 1.0
    normalization: Literal["none", "batch", "layer"] = "none"
    residual: bool = False
    dropout: Fraction = 0.0
    l1: NonNegative = 0.0
    l2: NonNegative = 0.0
    filters: Sizes | None = None
    kernel_size: Sizes | None = None
    strides: Sizes | None = None
    padding: Paddings | None = None
    pooling: Literal["max", "average", "none"] | None = None
    pool_size: PositiveInt | None = None
    units: Sizes | None = None
    cell: Literal["simple_rnn", "gru", "lstm"] | None = None
    bidirectional: bool | None = None
    causal: bool | None = None
    num_heads: PositiveInt | None = None
    intermediate_dim: PositiveInt | None = None
    positional_encoding: Literal["sinusoidal", "learned", "none"] | None = None
    normalize_first: bool | None = None
    attention: Literal["none", "luong", "bahdanau"] | None = None
    augmentation: Literal["none", "flip", "shift", "flip_and_shift", "noise", "mixup"] = "none"

    class_weight: Literal["balanced"] | None = None
    loss: Annotated[str, one_of_these(LOSSES)] | None = None
    optimizer: str = "adam"
    learning_rate: Positive = 0.001
    momentum: Fraction | None = None
    beta_1: Fraction | None = None
    beta_2: Fraction | None = None
    rho: Fraction | None = None
    epsilon: Positive | None = None
    weight_decay: NonNegative | None = None
    beta_2_decay: Annotated[float, Field(gt=-1, lt=0)] | None = None
    clip_threshold: Positive | None = None
    global_clipnorm: Positive | None = None
    learning_rate_schedule: Annotated[str, one_of_these(SCHEDULES)] = "constant"
    warmup: Fraction = 0.0

    batch_size: PositiveInt = 128
    reshuffle: bool = True
    pretraining_epochs: Annotated[int, Field(ge=0)] = 0
    epochs: PositiveInt = 10
    evaluate_every: PositiveInt | None = None
    monitor: Annotated[str, one_of_these(MONITORS)] = "val_loss"
    checkpoint: Literal["best", "last"] = "best"
    patience: PositiveInt | None = None
    seed: Annotated[int, Field(ge=0)] = 0
    dtype_policy: Literal["float32", "mixed_float16", "mixed_bfloat16"] = "float32"

    @model_validator(mode="before")
    @classmethod
    def _names_are_of_today(cls, data: Any) -> Any:
        if isinstance(data, dict):
            refuse_moved(data)
        return data

    @model_validator(mode="after")
    def _others_are_of_an_own_model(self) -> "Config":
        for name, value in self.own_arguments.items():
            if not is_own(self.model):
                hint = did_you_mean(name, Config.model_fields)
                raise ValueError(f"`{name}` is not a field. Received: {name}={value!r}.{hint}")
            check_own(name, value)
            if hasattr(Config, name):
                raise ValueError(
                    f"`{name}` is a name that Config needs. What to do: rename the argument of `build`."
                    f" Received: {name}={value!r}."
                )
        return self

    @model_validator(mode="after")
    def _names_exist(self) -> "Config":
        check_dataset(self.dataset)
        said = [name for name in OWN_FIELDS if getattr(self, name) is not None]
        if said and not is_own_data(self.dataset):
            what = "names a column of" if said[0] in OWN_FIELDS[:3] else "is about"
            raise ValueError(
                f"`{said[0]}` {what} your own data and expects `dataset` to be the path of a file."
                f" Received: dataset={self.dataset!r}."
            )
        if self.n_components is not None and self.reduction == "none":
            raise ValueError(
                "`n_components` expects `reduction` to be select_k_best, pca or pls."
                f" Received: n_components={self.n_components}, reduction='none'."
            )
        if self.loss == "pinball_loss" and self.quantiles is None:
            raise ValueError(
                "`loss='pinball_loss'` expects `quantiles`, such as quantiles=0.1,0.5,0.9; with them it is"
                " the loss anyway. Received: quantiles=None."
            )
        if not is_own(self.model):
            check_model(self.model)
        if self.activation is not None:
            one_of("activation", self.activation, ACTIVATIONS)
        one_of("kernel_initializer", self.kernel_initializer, INITIALIZERS)
        one_of("optimizer", self.optimizer, OPTIMIZERS)
        return self

    @model_validator(mode="after")
    def _model_has_its_hyperparameters(self) -> "Config":
        if not is_own(self.model):
            self.check_model()
        filters = self.filters or CLASSICS.get(self.model, {}).get("filters")
        for name in ("width", "depth"):
            if filters and getattr(self, name) is not None:
                raise ValueError(
                    f"`{name}` has no meaning beside filters={filters}."
                    f" Received: {name}={getattr(self, name)}."
                )
        return self

    @model_validator(mode="after")
    def _optimizer_has_its_hyperparameters(self) -> "Config":
        takes = OPTIMIZERS[self.optimizer].hyperparameters
        for name in OPTIMIZER_FIELDS:
            if getattr(self, name) is not None and name not in takes:
                raise ValueError(
                    f"`{name}` is not a hyperparameter of optimizer={self.optimizer!r}, which takes"
                    f" {', '.join(takes) or 'none'}. Received: {name}={getattr(self, name)!r}."
                )
        return self

    @property
    def own_arguments(self) -> dict[str, Scalar]:
        """Arguments of a user's own model that are no fields: those that are set."""
        return self.model_extra or {}

    def check_model(self) -> None:
        """Refuses hyperparameters that the model does not take, or lacks. Done when constructed, but for a
        user's own model: its file is read for that, which `suite.study.resolve` does.

        Raises:
            ValueError: naming what it takes; or there is no such file, or no `build` in it.
        """
        takes = hyperparameters(check_model(self.model))
        if is_own(self.model):
            self._check_own_arguments(takes)
        fields = Config.model_fields
        for name in MODEL_FIELDS:
            value = getattr(self, name)
            if name not in takes and value != fields[name].default:
                raise ValueError(
                    f"`{name}` is not a hyperparameter of model={self.model!r}, which takes"
                    f" {', '.join(takes) or 'none'}. Received: {name}={value!r}. What to do: leave it out, or"
                    f" --set {name}=null."
                )
        causal = CLASSICS.get(self.model, {}).get("causal") if self.causal is None else self.causal
        if self.pretraining_epochs and ("places" not in data_arguments(self.model) or causal):
            raise ValueError(
                "`pretraining_epochs` expects model='transformer' or a classic of it, with causal=False."
                f" Received: pretraining_epochs={self.pretraining_epochs}, model={self.model!r},"
                f" causal={causal}."
            )

    def _check_own_arguments(self, takes: Iterable[str]) -> None:
        known = arguments(self.model)
        for name, value in self.own_arguments.items():
            if name not in takes:
                hint = did_you_mean(name, [*takes, *Config.model_fields, *SETTABLE])
                raise ValueError(
                    f"`{name}` is neither a field nor an argument of `build` in {self.model}, which takes"
                    f" {', '.join(takes) or 'none'}. Received: {name}={value!r}.{hint}"
                )
            known[name].check(name, value)
        for name in takes:
            if known[name].default is not None:
                continue
            if name in Config.model_fields and name not in MODEL_FIELDS:
                raise ValueError(
                    f"`{name}` is a field that no `build` is given. What to do: rename the argument of"
                    f" `build` in {self.model}, or give it a default."
                )
            if name not in self.own_arguments and getattr(self, name, None) is None:
                raise ValueError(
                    f"`{name}` has no default in `build` of {self.model} and must be set, as {name}=VALUE."
                    " Received: none."
                )

    @property
    def minimize(self) -> bool:
        """Tells whether a smaller `monitor` is better."""
        return minimized(self.monitor)

    def replace(self, **changes: Any) -> "Config":
        """Gives a validated copy with other values."""
        return Config(**{name: getattr(self, name) for name in self.model_fields_set} | changes)


def check_names(argument: str, names: Iterable[str], models: Iterable[str], more: Iterable[str] = ()) -> None:
    """Refuses names of hyperparameters that there are not. Where a model is a user's own they may be
    arguments of its `build`: that is checked when its file is read.

    Args:
        argument: what the names were given to.
        names: of hyperparameters.
        models: that they are to be of.
        more: what else `argument` takes.

    Raises:
        ValueError: naming the fields of Config.
    """
    for name in () if any(map(is_own, models)) else names:
        one_of(argument, name, dict.fromkeys([*more, *Config.model_fields]))


WHOLE_NUMBERS = frozenset(
    name for name, field in Config.model_fields.items() if _types(field.annotation) == {int}
)
"""Fields that hold whole numbers: a range of them is searched by whole numbers."""
