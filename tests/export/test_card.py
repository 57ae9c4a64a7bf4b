"""The card of an exported model: it speaks of its task, says what columns become, and its snippet runs."""

import json
import re
from dataclasses import replace

import outside
import pytest
from served import Served, as_read

from suite.data.preprocessing import identifiers
from suite.export.card import card
from suite.export.check import evaluate
from suite.export.contract import served_inputs
from suite.export.records import Exported, Origin
from suite.export.write import needs_select_ops
from suite.tasks import format_metric


def card_of(case: Served, **metrics: float) -> tuple[str, Exported]:
    dataset = case.prepared.dataset
    exported = Exported(
        path=case.folder, examples=len(dataset.test), max_difference=0.0,
        evaluation=evaluate(dataset, as_read(case)), inputs={}, output=("float32", ()),
        columns=identifiers(dataset.kinds), select_ops=needs_select_ops(case.folder),
    )  # fmt: skip
    origin = Origin("study", "Which?", "None.", case.config, {"test_loss": 0.5, **metrics})
    return card(origin, dataset, exported, served_inputs(case.prepared)), exported


@pytest.mark.parametrize("kind", ["columns", "regression", "pairs"])
def test_the_card_speaks_of_its_task(kind, served):
    text, exported = card_of(
        served[kind], **({"test_mae": 1.0} if kind == "regression" else {"test_accuracy": 0.75})
    )
    figures = {name: format_metric(name, value) for name, value in exported.evaluation.metrics.items()}
    expected = {
        "columns": [
            f"| accuracy | {figures.get('accuracy')} | share of examples", "A classifier with 2 classes",
            "| no |", "the expected calibration error in 15 bins",
        ],
        "regression": [
            f"| MAE | {figures.get('mae')} | mean absolute error, in the unit of the target: "
            "price (US dollars) |",
            f"| RMSE | {figures.get('rmse')} |",
            f"| R2 | {figures.get('r2')} | share of the variance of the logarithm",
            "| test loss | 0.5 | mean squared error of the logarithm of the target", "A regressor",
            "Predicted: price (US dollars). The model learned its logarithm",
        ],
        "pairs": [
            f"| token error rate | {figures.get('token_error_rate')} |", "| beam sequence error rate |",
            "| test accuracy | 75.00% | share of target tokens", "Predicted: letters, twice each.",
            "`beam_text` by beam search",
        ],
    }  # fmt: skip
    for part in expected[kind]:
        assert part in text, part
    if kind != "columns":
        assert not re.search(r"\bclass|probabilit|share of examples", text, re.IGNORECASE)


ROWS = {
    "columns": [
        "| age (years) | `age__years_` | float32 | years | NaN: the mean of training, and a flag"
        " | any number is taken |",
        '| class | `column_class` | string | – | "": a category of its own'
        " | counts as no category in particular |",
        "| Inputs | `Inputs` | float32 | – | NaN: the mean of training | any number is taken |",
        '| inputs | `inputs_` | string | – | "": no words'
        " | words that training did not have count as one, unknown |",
    ],
    "numbers": [
        "| 나이 | `column___` | float32 | – | NaN: the mean of training, and a flag | any number is taken |",
        "| length (cm) | `length__cm_` | float32 | cm | NaN: the mean of training | any number is taken |",
    ],
    "images": ["| – | `inputs` | uint8 6 x 5 | – | not taken | – |"],
    "sequences": [
        "| – | `inputs` | float32 7 x 3 | – | NaN in all channels: padding after the end | – |",
    ],
}


@pytest.mark.parametrize("kind", ROWS)
def test_the_card_says_what_each_column_is_called_and_what_becomes_of_odd_values(kind, served):
    text, exported = card_of(served[kind])
    lines = text.splitlines()
    start = lines.index("| column | input | type | unit | missing | unknown |") + 2
    assert lines[start : start + len(ROWS[kind])] == ROWS[kind]
    assert not lines[start + len(ROWS[kind])]
    written = json.loads((served[kind].folder / "assets" / "inputs.json").read_text(encoding="utf-8"))
    if kind in ("columns", "numbers"):
        assert {item["column"]: name for name, item in written.items()} == exported.columns
    for (name, item), row in zip(written.items(), ROWS[kind], strict=True):
        assert f"| `{name}` | {item['dtype']}" in row and row.endswith(f"| {item['unknown']} |")


def test_a_bar_in_a_name_does_not_break_the_table(served):
    case = served["columns"]
    dataset = case.prepared.dataset
    inputs = [replace(served_inputs(case.prepared)[0], column="a|b\nc")]
    _, exported = card_of(case)
    text = card(Origin("study", "Which?", "None.", case.config), dataset, exported, inputs)
    assert "| a\\|b c | `age__years_` |" in text


SNIPPETS = """
import json, os, sys
for kind, (folder, snippet) in json.load(open(sys.argv[1])).items():
    os.chdir(folder)
    print(kind)
    exec(snippet)
"""


def test_the_snippet_of_every_kind_runs_as_it_stands_in_the_folder_of_the_card(served, tmp_path):
    asked = {}
    for kind, case in served.items():
        (snippet,) = re.findall(r"```python\n(.*?)```", card_of(case)[0], re.DOTALL)
        assert str(case.folder) not in snippet
        asked[kind] = str(case.folder), snippet
    (tmp_path / "asked.json").write_text(json.dumps(asked))
    printed = outside.run(SNIPPETS, str(tmp_path / "asked.json")).splitlines()
    for kind, case in served.items():
        answer = printed[printed.index(kind) + 1]
        assert all(f"'{name}': array(" in answer for name in case.outputs if name != "called"), kind
