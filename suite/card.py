"""The card of an exported model: what it is, where it comes from, what it may be used for and how to load it.

The headings follow Mitchell et al. 2019, Model Cards for Model Reporting (arXiv:1810.03993).
"""

from importlib.metadata import version
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from suite.data.dataset import Dataset
    from suite.export import Exported, Origin

CARD = """# {data}: {model} trained with {optimizer}

A classifier with {classes} classes, as a TensorFlow SavedModel. It takes raw inputs: the normalisation is inside.

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
inputs = np.zeros({example}, "{dtype}")  # [batch, ...]: raw, as in the data set
outputs = model.signatures["serving_default"](inputs=tf.constant(inputs))
print(outputs["class_name"].numpy(), outputs["class_index"].numpy(), outputs["probabilities"].numpy())
```

A SavedModel is a program: load only those whose origin you trust.

## What it was measured to do

On the {examples:,} examples of the test split, read back with plain TensorFlow: accuracy {accuracy:.4f}. Its
probabilities differ by at most {difference:.2g} from those of the Keras model it was made from.

{metrics}

## Data

- {description}
- Classes, in the order of `probabilities`: {names}.
- Splits: {splits} Trained on {train:,} examples, chosen on {validation:,}.
- Source: {source}
- Licence of the data: {licence}
- SHA-256: {sha256}

## Intended use and limits

- It exists to answer the study's question and to show that the answer is a working model. Nobody has examined it
  for use in decisions about people.
- It names one of its classes for every input, also for one that is nothing of the kind.
- Its probabilities were not calibrated. It is one training with one seed; another seed gives another model.
- Inputs must be of the shape, type and range of the data above. Other sources of the same kind of data may do worse.

## Configuration

| hyperparameter | value |
|---|---|
{config}
"""


def model_card(origin: "Origin", dataset: "Dataset", exported: "Exported") -> str:
    """The card as Markdown.

    Args:
        origin: of the model. dataset: it was trained on. exported: what the check of the SavedModel found.
    """
    config = origin.config.model_dump()
    return CARD.format(
        data=dataset.name, model=config["model"], optimizer=config["optimizer"], classes=len(dataset.class_names),
        study=origin.study, question=origin.question.strip(), answer=origin.answer.strip(),
        caveats="\n".join(f"- {caveat}" for caveat in origin.caveats),
        tensorflow=version("tensorflow"), path=exported.path, dtype=dataset.test.x.dtype.name,
        example=[1, *dataset.input_shape], examples=exported.examples, accuracy=exported.test_accuracy,
        difference=exported.max_difference, metrics="\n".join(f"- {k}: {v:.6g}" for k, v in origin.metrics.items()),
        description=dataset.description, names=", ".join(dataset.class_names), splits=dataset.splits,
        train=len(dataset.train), validation=len(dataset.validation), source=dataset.source, licence=dataset.licence,
        sha256=dataset.sha256, config="\n".join(f"| {k} | {v} |" for k, v in config.items() if v is not None),
    )  # fmt: skip
