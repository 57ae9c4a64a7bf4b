"""The card of an exported model: what it is, where it comes from, what it may be used for and how to load it.

The headings follow Mitchell et al. 2019, Model Cards for Model Reporting (arXiv:1810.03993).
"""

from collections.abc import Iterator
from importlib.metadata import version
from typing import TYPE_CHECKING

from suite.tasks import TASKS, format_metric, meanings, metric_label

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from suite.data.dataset import Dataset
    from suite.export.records import Exported, Form, Origin

CARD = """# {data}: {model} trained with {optimizer}

A {noun}, as a TensorFlow SavedModel. It takes raw inputs: the preprocessing is inside.

## Where it comes from

Study `{study}`, which asks: {question}

Its answer: {answer}

{caveats}

## How to load it

Plain TensorFlow (written with {tensorflow}); neither Keras nor the suite is needed.

```python
import numpy as np
import tensorflow as tf

model = tf.saved_model.load("{path}")  # the folder of this card
inputs = {{{example}}}  # raw, as in the data set; the first axis is the batch
outputs = model.signatures["serving_default"](**{{name: tf.constant(value) for name, value in inputs.items()}})
print({{name: value.numpy() for name, value in outputs.items()}})
```

A SavedModel is a program: load only those whose origin you trust.

## What it was measured to do

On the {examples:,} examples of the test split, read back with plain TensorFlow. {difference}

| metric | value | what it measures |
|---|---|---|
{metrics}
{per_class}
## Data

- {description}
- {target}
- Splits: {splits} Trained on {train:,} examples, chosen on {validation:,}.
- Source: {source}
- Licence of the data: {licence}
- SHA-256: {sha256}

## Intended use and limits

- It exists to answer the study's question and to show that the answer is a working model. Nobody has examined it
  for use in decisions about people.
- {limits}
- It is one training with one seed; another seed gives another model.
- Inputs must be of the shape, type and range of the data above. Other sources of the same kind of data may do worse.

## Configuration

| hyperparameter | value |
|---|---|
{config}
"""

LIMITS = {
    "classification": "It names one of its classes for every input, also for one that is nothing of the kind. Its"
    " probabilities were not calibrated.",
    "regression": "It gives a number for every input, without an interval.",
    "sequence_to_sequence": "It gives some sequence for every input. `text` is decoded greedily, `beam_text` by beam search.",
}

DIFFERENCES = {
    "classification": "Its probabilities differ by at most {:.2g} from those of the Keras model it was made from.",
    "regression": "Its predictions differ from those of the Keras model it was made from by at most {:.2g} of their standard"
    " deviation.",
    "sequence_to_sequence": "Its texts differ from those of the Keras model it was made from in {:.2%} of the examples.",
}


def model_card(origin: "Origin", dataset: "Dataset", exported: "Exported") -> str:
    """The card as Markdown.

    Args:
        origin: of the model. dataset: it was trained on. exported: what the check of the SavedModel found.
    """
    config = origin.config.model_dump()
    return CARD.format(
        data=dataset.name, model=config["model"], optimizer=config["optimizer"], noun=_noun(dataset),
        study=origin.study, question=origin.question.strip(), answer=origin.answer.strip(),
        caveats="\n".join(f"- {caveat}" for caveat in origin.caveats),
        tensorflow=version("tensorflow"), path=exported.path, example=", ".join(_examples(exported.inputs)),
        examples=exported.examples, difference=DIFFERENCES[dataset.task].format(exported.max_difference),
        metrics="\n".join(_metrics(exported.evaluation.metrics, origin.metrics, dataset)),
        per_class=_per_class(exported.evaluation.per_class), limits=LIMITS[dataset.task],
        description=dataset.description, target=_target(dataset), splits=f"{dataset.splits.rstrip('.')}.",
        train=len(dataset.train), validation=len(dataset.validation), source=dataset.source, licence=dataset.licence,
        sha256=dataset.sha256, config="\n".join(f"| {k} | {v} |" for k, v in config.items() if v is not None),
    )  # fmt: skip


def _noun(dataset: "Dataset") -> str:
    classes = f" with {dataset.num_classes} classes" if dataset.class_names else ""
    return TASKS[dataset.task].noun + classes


def _target(dataset: "Dataset") -> str:
    if dataset.class_names:
        return f"Classes, in the order of `probabilities`: {', '.join(dataset.class_names)}."
    learned = (
        " The model learned its logarithm; `prediction` is in its own unit." if dataset.log_target else ""
    )
    return f"Predicted: {dataset.target}.{learned}"


def _metrics(
    evaluated: "Mapping[str, float]", trained: "Mapping[str, float]", dataset: "Dataset"
) -> Iterator[str]:
    """A table row for each metric of the SavedModel, then for those of the training that it does not repeat."""
    explained = meanings(dataset.task, dataset.target, log_target=dataset.log_target)
    for name, value in {**evaluated, **trained}.items():
        metric = name.partition("_")[2] if name in trained else name
        if name in evaluated or metric not in evaluated:
            yield f"| {metric_label(name)} | {format_metric(name, value)} | {explained.get(metric, '')} |"


def _examples(inputs: "Mapping[str, Form]") -> Iterator[str]:
    """An example input of each name, as Python."""
    for name, (dtype, shape) in inputs.items():
        yield (
            f'"{name}": ["a text"]' if dtype == "string" else f'"{name}": np.zeros({[1, *shape]}, "{dtype}")'
        )


def _per_class(rows: "Sequence[Mapping[str, str | float]]") -> str:
    """Precision and recall of each class as a Markdown table; empty for other tasks."""
    lines = [
        f"| {row['class']} | {row['precision']:.3f} | {row['recall']:.3f} | {row['f1']:.3f} | {row['examples']} |"
        for row in rows
    ]
    head = ["", "| class | precision | recall | F1 | test examples |", "|---|---|---|---|---|"]
    return "\n".join([*head, *lines, ""]) if lines else ""
