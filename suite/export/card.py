"""Writes the card of an exported model: what it is, what it takes, how good it is and how to load it.

The headings follow Mitchell et al. 2019, Model Cards for Model Reporting (arXiv:1810.03993).
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import version
from typing import TYPE_CHECKING

from suite.export.contract import Input, missing_values, served_inputs
from suite.export.records import MAIN_OUTPUT, named_outputs
from suite.tasks import TASKS, format_metric, metric_label

if TYPE_CHECKING:
    from suite.data.dataset import Dataset
    from suite.data.preprocessing import Prepared
    from suite.export.records import Exported, Origin

CARD = """# {data}: {model} trained with {optimizer}

A {noun}, as a TensorFlow SavedModel. It takes raw inputs: the preprocessing is inside.

## Where it comes from

Study `{study}`, which asks: {question}

Its answer: {answer}

{caveats}

## How to load it

Plain TensorFlow (written with {tensorflow}); neither Keras nor the suite is needed. In this card's folder:

```python
import numpy as np
import tensorflow as tf

model = tf.saved_model.load(".")  # the folder of this card
inputs = {{  # raw, as in the data set; the first axis is the batch
{example}
}}
predict = model.signatures["serving_default"]
dtypes = {{name: spec.dtype for name, spec in predict.structured_input_signature[1].items()}}
outputs = predict(**{{name: tf.constant(value, dtypes[name]) for name, value in inputs.items()}})
print({{name: value.numpy() for name, value in outputs.items()}})
```

The signature takes the types of the table below; these lines convert integers and float64.

Keras takes it as a layer, `keras.layers.TFSMLayer(".")`, of {given}. {lite}

A SavedModel is a program: load only those whose origin you trust.

## What it takes

{columns} `assets/inputs.json` has the same table.{missing}

| column | input | type | unit | missing | unknown |
|---|---|---|---|---|---|
{inputs}

## What it was measured to do

On the {examples:,} examples of the test split, read back with plain TensorFlow. {difference}

| metric | value | what it measures |
|---|---|---|
{metrics}
{per_class}{calibration}
## Data

- {description}
- {target}
- Splits: {splits} Trained on {train:,} examples, chosen on {validation:,}.
- Source: {source}
- Licence of the data: {licence}
- SHA-256: {sha256}
{notes}
## Intended use and limits

- It exists to answer the study's question and to show that the answer is a working model. Nobody has examined
  it for use in decisions about people.
- {limits}
- It is one training with one seed; another seed gives another model.
- Inputs must be of the shape, type and range of the data above. Other sources of the same kind of data may do
  worse.

## Configuration

| hyperparameter | value |
|---|---|
{config}
"""

LIMITS = {
    "classification": "It names one of its classes for every input, also for what is nothing of the kind.",
    "regression": "It gives a number for every input, without an interval.",
    "multilabel_classification": "It tells of each label by itself how likely it is, also for what is nothing"
    " of the kind.",
    "quantile_regression": "Its quantiles are those of data like these; the share of examples between them"
    " was measured on test.",
    "sequence_to_sequence": "It gives some sequence for every input. `text` is decoded greedily,"
    " `beam_text` by beam search.",
}

PREDICTIONS_DIFFER = (
    "Its predictions differ from those of the Keras model it was made from by at most {:.2g} of"
    " their standard deviation."
)

DIFFERENCES = {
    "classification": "Its probabilities differ by at most {:.2g} from those of the Keras model it was made"
    " from.",
    "multilabel_classification": "Its probabilities differ by at most {:.2g} from those of the Keras model it"
    " was made from.",
    "regression": PREDICTIONS_DIFFER,
    "quantile_regression": PREDICTIONS_DIFFER,
    "sequence_to_sequence": "Its texts differ from those of the Keras model it was made from in {:.2%} of the"
    " examples.",
}

LITE = {
    False: 'It converts to TFLite: `tf.lite.TFLiteConverter.from_saved_model(".").convert()`.',
    True: "Texts are looked up inside, or steps repeated: TFLite needs TensorFlow's own operations for that,"
    " `tf.lite.OpsSet.SELECT_TF_OPS` among the `target_spec.supported_ops` of its converter.",
}

CALIBRATION = """
## Are its probabilities right?

Of examples that it gives to a class with a probability of 0.8, 80% should be of that class. They are off by
{error:.2%} on average: the expected calibration error in {bins} bins (Guo et al. 2017, arXiv:1706.04599).
{fitted}

| probability of its class | on average | share that is right | test examples |
|---|---|---|---|
{rows}
"""


def card(origin: "Origin", prepared: "Prepared", exported: "Exported") -> str:
    """Returns the card as Markdown.

    Args:
        origin: of the model.
        prepared: the data set that it was trained on, with its preprocessing.
        exported: what the check of the SavedModel found.
    """
    dataset, inputs = prepared.dataset, served_inputs(prepared)
    config, found = origin.config.model_dump(), exported.evaluation
    said = {k: v for k, v in config.items() if v is not None or k in origin.config.own_arguments}
    return CARD.format(
        data=dataset.name, model=config["model"], optimizer=config["optimizer"], noun=_noun(dataset),
        study=origin.study, question=origin.question.strip(), answer=origin.answer.strip(),
        caveats="\n".join(f"- {caveat}" for caveat in origin.caveats), tensorflow=version("tensorflow"),
        example="\n".join(map(_example, inputs)), given=_given(exported.columns),
        lite=LITE[exported.select_ops], columns=_columns(exported.columns),
        missing=f" {missing_values(prepared)}".rstrip(),
        inputs="\n".join(map(_row, inputs)), examples=exported.examples,
        difference=DIFFERENCES[dataset.task].format(exported.max_difference),
        metrics="\n".join(_metrics(found.metrics, origin.metrics, dataset)),
        per_class=_per_class(found.per_class) + _per_output(found.per_output),
        calibration=_calibration(exported),
        limits=LIMITS[dataset.task], description=dataset.description, target=_target(dataset),
        splits=f"{dataset.splits.rstrip('.')}.", train=len(dataset.train), validation=len(dataset.validation),
        source=dataset.source, licence=dataset.licence, sha256=dataset.sha256,
        notes=_notes(dataset.notes),
        config="\n".join(f"| {k} | {_cell(v)} |" for k, v in said.items()),
    )  # fmt: skip


def _noun(dataset: "Dataset") -> str:
    classes = f" with {dataset.num_classes} classes" if dataset.class_names else ""
    if dataset.targets:
        what = "labels" if dataset.task == "multilabel_classification" else "targets"
        classes = f" of {len(dataset.targets)} {what}"
    return TASKS[dataset.task].noun + classes


def _target(dataset: "Dataset") -> str:
    if dataset.class_names:
        return f"Classes, in the order of `probabilities`: {', '.join(dataset.class_names)}."
    logarithm = (
        " The model learned its logarithm; `prediction` is in its own unit." if dataset.log_target else ""
    )
    each = [f"`{output}`: {name}" for name, output in named_outputs(dataset).items()]
    named = (
        f" The columns of `{MAIN_OUTPUT[dataset.task]}`, each an output by its own name too"
        f" (`assets/outputs.json` has them): {'; '.join(each)}."
        if each
        else ""
    )
    rising = (
        " They rise: where what the model gives crosses, it is put in order." if dataset.quantiles else ""
    )
    return f"Predicted: {dataset.target}.{logarithm}{named}{rising}"


def _metrics(
    evaluated: Mapping[str, float], trained: Mapping[str, float], dataset: "Dataset"
) -> Iterator[str]:
    """Yields a row for each metric of the SavedModel, then for those of the training that it lacks."""
    explained = dataset.meanings
    for name, value in {**evaluated, **trained}.items():
        metric = name.partition("_")[2] if name in trained else name
        if name in evaluated or metric not in evaluated:
            yield f"| {metric_label(name)} | {format_metric(name, value)} | {explained.get(metric, '')} |"


def _example(item: Input) -> str:
    """Returns an example of an input, as a line of Python."""
    value = f'np.zeros({[1, *item.shape]}, "{item.dtype}")'
    if item.dtype == "string":
        value = '["2026-05-31"]' if item.kind.startswith("date") else '["a text"]'
    return f'    "{item.name}": {value},'


def _given(columns: Mapping[str, str]) -> str:
    return "a dictionary of these inputs" if columns else "the array"


def _columns(columns: Mapping[str, str]) -> str:
    if not columns:
        return "One array."
    return (
        "Each column of the data is an input [batch]; its name is the column's, as far as a signature allows."
    )


def _row(item: Input) -> str:
    form = f"{item.dtype} {' x '.join(map(str, item.shape))}".strip()
    told = item.kind and (item.dtype == "string" or item.column is None)
    kind = f"{form}: {item.kind}" if told else form
    cells = (item.column or "–", f"`{item.name}`", kind, item.unit or "–", item.missing, item.unknown)
    return f"| {' | '.join(map(_cell, cells))} |"


def _cell(value: object) -> str:
    """Returns a value as a cell of a table, which neither a line's end nor a bar may break."""
    return " ".join(str(value).split()).replace("|", "\\|")


def _per_class(rows: Sequence[Mapping[str, str | float]]) -> str:
    """Returns precision and recall of each class as a table; nothing for other tasks."""
    lines = [
        f"| {_cell(row['class'])} | {row['precision']:.3f} | {row['recall']:.3f} | {row['f1']:.3f} |"
        f" {row['examples']} |"
        for row in rows
    ]
    head = ["", "| class | precision | recall | F1 | test examples |", "|---|---|---|---|---|"]
    return "\n".join([*head, *lines, ""]) if lines else ""


def _per_output(rows: Sequence[Mapping[str, str | float]]) -> str:
    """Returns the figures of each target or quantile as a table; nothing where there is one number."""
    if not rows:
        return ""
    names = list(dict.fromkeys(name for row in rows for name in row))
    lines = [
        [_cell(row[names[0]]), *(format_metric(name, float(row.get(name, math.nan))) for name in names[1:])]
        for row in rows
    ]
    table = [[*map(metric_label, names)], ["---"] * len(names), *lines]
    return "\n".join(["", *(f"| {' | '.join(cells)} |" for cells in table), ""])


def _notes(notes: Sequence[str]) -> str:
    """Returns what was decided of a user's own data as a list; nothing where nothing was."""
    return "\n".join(["", "What was decided:", "", *(f"- {note}" for note in notes), ""]) if notes else ""


def _calibration(exported: "Exported") -> str:
    """Returns how far the probabilities are from shares; nothing for other tasks."""
    found, before = exported.evaluation.calibration, exported.uncalibrated
    if found is None:
        return ""
    rows = [
        f"| {row['low']:.2f} to {row['high']:.2f} | {row['confidence']:.3f} | {row['accuracy']:.3f} |"
        f" {row['examples']} |"
        for row in found.bins
    ]
    fitted = "They are as the training left them."
    if before is not None:
        fitted = (
            f"The model's logits are divided by a temperature of {exported.temperature:.3g}, fitted on"
            f" validation; without it they would be off by {before.expected_error:.2%}."
        )
    return CALIBRATION.format(
        error=found.expected_error, bins=found.count, rows="\n".join(rows), fitted=fitted
    )
