"""Shows the axes of tables, images, sequences and tokens, and what every layer of four models makes of
them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import prod

import pandas as pd

from suite.analysis.records import (
    Block,
    ColumnKind,
    Demonstrated,
    Details,
    Figure,
    Measure,
    Section,
    Table,
    Text,
)
from suite.analysis.sections import numbers
from suite.analysis.words import listed
from suite.demonstrations.shapes.formulas import formula

CLASSES, VOCABULARY = 10, 1000

MODELS = ("dense", "conv", "rnn", "transformer")


@dataclass(frozen=True)
class Kind:
    """A kind of example.

    Attributes:
        shape: of one. axes: what each of its axes is. tokens: whether it holds whole numbers that stand for
            words.
        number: what a single number in it is.
    """

    shape: tuple[int, ...]
    axes: tuple[str, ...]
    number: str
    tokens: bool = False


KINDS = {
    "table": Kind((4,), ("features",), "a measurement, such as the length of a petal"),
    "image": Kind((28, 28), ("height", "width"), "how bright a pixel is"),
    "sequence": Kind((29, 12), ("time", "features"), "a measurement at a time"),
    "tokens": Kind((20,), ("time",), "the number of a word in a list", tokens=True),
}


@dataclass(frozen=True)
class Row:
    """What a layer does.

    Attributes:
        layer: its class. before, after: shapes of a batch.
        parameters: that it has. formula: how they are counted; empty where there are none. counted: what that
            gives.
    """

    layer: str
    before: tuple[int, ...]
    after: tuple[int, ...]
    parameters: int
    formula: str
    counted: int


def demonstrate(*, batch_size: int = 32) -> Demonstrated:
    """Sends a batch of each kind through each model, with the builders' own sizes.

    Args:
        batch_size: examples in a batch.
    """
    rows = {
        (kind, model): follow(model, each, batch_size) for kind, each in KINDS.items() for model in MODELS
    }
    time, features = KINDS["sequence"].shape
    twice = replace(KINDS["sequence"], shape=(2 * time, features))
    longer = {model: parameters(follow(model, twice, batch_size)) for model in MODELS}
    growth = {model: longer[model] / parameters(rows["sequence", model]) for model in MODELS}
    every = [(model, row) for (_, model), each in rows.items() for row in each]
    wrong = [f"{row.layer} of {model}" for model, row in every if row.counted != row.parameters]
    return Demonstrated(
        answer=" ".join(_answer(rows, growth, wrong, batch_size)),
        warnings=tuple(
            f"The parameters of {name} are not what its formula gives." for name in dict.fromkeys(wrong)
        ),
        headline=_headline(rows),
        sections=(_kinds(batch_size), *(_through(kind, rows) for kind in KINDS), _counts(rows)),
        measures=tuple(_measures(rows, growth, len(wrong))),
        summary={f"{kind}, {model}": parameters(each) for (kind, model), each in rows.items()},
        figure=_bars(rows),
    )


def follow(model: str, kind: Kind, batch_size: int) -> list[Row]:
    """The layers of a model in the order in which a batch of zeros passes through them. Imports
    TensorFlow."""
    import keras

    from suite.models import builder
    from suite.probes.hidden import recorded

    tokens = {"vocabulary_size": VOCABULARY} if kind.tokens else {}
    built = builder(model)(input_shape=kind.shape, num_outputs=CLASSES, **tokens)
    batch = keras.ops.zeros((batch_size, *kind.shape), "int32" if kind.tokens else "float32")
    with recorded(built) as calls:
        built(batch)
    found = []
    for call in calls:
        if isinstance(call.layer, keras.layers.InputLayer):
            continue
        before, after = (tuple(map(int, tensor.shape)) for tensor in (call.inputs[0], call.output))
        how, counted = formula(call.layer, before, after)
        found.append(Row(type(call.layer).__name__, before, after, call.layer.count_params(), how, counted))
    return found


def parameters(rows: Sequence[Row]) -> int:
    """All parameters of a model."""
    return sum(row.parameters for row in rows)


Rows = Mapping[tuple[str, str], Sequence[Row]]
"""Kind and model -> its layers."""


def _answer(rows: Rows, growth: Mapping[str, float], wrong: Sequence[str], batch_size: int) -> Iterator[str]:
    yield (
        f"A batch is an axis in front: {batch_size} images of 28 × 28 are ({batch_size}, 28, 28). A dense"
        f" network flattens what it gets; a convolution keeps height and width and makes channels; a"
        f" recurrent network and a Transformer read the rows of an image as steps in time; each ends in"
        f" ({batch_size}, {CLASSES}) logits."
    )
    counts = [f"{model} {parameters(rows['image', model]):,}" for model in MODELS]
    yield f"Parameters on such images, at the builders' own sizes: {listed(counts)}."
    same = [model for model, factor in growth.items() if factor == 1]
    more = [f"{model} {factor:.2f} times as many" for model, factor in growth.items() if factor != 1]
    yield f"For sequences twice as long {listed(same)} have the same parameters, and {listed(more)}."
    if wrong:
        yield f"The formulas for parameters do not hold for {listed(list(dict.fromkeys(wrong)))}."


def _measures(rows: Rows, growth: Mapping[str, float], wrong: int) -> Iterator[Measure]:
    for (kind, model), each in rows.items():
        count = float(parameters(each))
        yield Measure("tensors.parameters", {"model": model, "data": kind}, count, count, count)
    for model, factor in growth.items():
        yield Measure("tensors.growth_with_length", {"model": model}, factor, factor, factor)
    yield Measure("tensors.wrong_formulas", {}, float(wrong), float(wrong), float(wrong))


def _headline(rows: Rows) -> Table:
    table = tuple((model, *(f"{parameters(rows[kind, model]):,}" for kind in KINDS)) for model in MODELS)
    return Table(("parameters", *KINDS), table, kinds=numbers(len(KINDS)))


def _kinds(batch_size: int) -> Section:
    rows = tuple(
        (
            name,
            shape_text(kind.shape),
            shape_text((batch_size, *kind.shape)),
            ", ".join(("batch", *kind.axes)),
            kind.number,
            f"{4 * batch_size * prod(kind.shape):,}",
        )
        for name, kind in KINDS.items()
    )
    columns = ("", "an example", "a batch", "its axes", "a number in it", "bytes of a batch")
    said = "Every number takes 4 bytes here. The batch is always the first axis."
    table = Table(columns, rows, kinds=("text", "text", "text", "text", "text", "number"))
    return Section("axes", "What the axes are", (Text((said,)), table))


def _through(kind: str, rows: Rows) -> Section:
    """A kind of example through every model."""
    blocks: list[Block] = []
    for model in MODELS:
        table = tuple(
            (
                row.layer,
                axes_text(row.after),
                f"{row.parameters:,}" if row.parameters else "–",
                row.formula or "–",
            )
            for row in rows[kind, model]
        )
        columns = ("layer", "what comes out", "parameters", "how they are counted")
        start = axes_text((rows[kind, model][0].before[0], *KINDS[kind].shape), KINDS[kind].axes)
        summary = f"{model}: {start} → {shape_text(rows[kind, model][-1].after)}"
        kinds: tuple[ColumnKind, ...] = ("text", "text", "number", "text")
        blocks.append(Details(summary, (Table(columns, table, kinds=kinds),), open=model == "conv"))
    return Section(kind, f"Through every model: {kind}", tuple(blocks))


def _counts(rows: Rows) -> Section:
    count = sum(1 for each in rows.values() for row in each if row.parameters)
    said = (
        f"The formulas were worked out for {count} layers with parameters and compared with Keras's own"
        f" count. Additions, positions and masks are no layers and have no parameters, so they have no"
        f" row; a pooling of the mask of the padding has."
    )
    return Section("counts", "What was counted", (Text((said,), kind="soft"),))


def _bars(rows: Rows) -> Figure:
    data = [(model, parameters(each), kind) for (kind, model), each in rows.items()]
    return Figure(
        "tensor_parameters",
        "bars",
        "The same example costs each model another number of parameters",
        f"Parameters at the builders' own sizes, for {CLASSES} classes; {VOCABULARY:,} words for tokens.",
        {"bars": pd.DataFrame(data, columns=["name", "value", "panel"])},
        {"x_title": "parameters", "order": list(KINDS), "format": ",.0f"},
    )


def shape_text(shape: Sequence[int]) -> str:
    """A shape as it is written in Python."""
    return f"({', '.join(map(str, shape))}{',' if len(shape) == 1 else ''})"


def axes_text(shape: Sequence[int], axes: Sequence[str] = ()) -> str:
    """A shape with what its axes are: by their number, as layers have them, unless `axes` says it."""
    usual = {2: ("units",), 3: ("time", "units"), 4: ("height", "width", "channels")}
    names = tuple(axes) or usual[len(shape)]
    return ", ".join(f"{name} {size}" for size, name in zip(shape, ("batch", *names), strict=True))
