"""The card of an exported model: it speaks of its task, says what columns become, and its snippet runs."""

import json
import re

import outside
import pytest
from served import Served, as_read

from suite.data.inputs import input_names
from suite.export.card import _row, card
from suite.export.check import evaluate
from suite.export.contract import Input
from suite.export.records import Exported, Origin
from suite.export.write import needs_select_ops
from suite.tasks import format_metric


def card_of(case: Served, **metrics: float) -> tuple[str, Exported]:
    dataset = case.prepared.dataset
    exported = Exported(
        path=case.folder, examples=len(dataset.test), max_difference=0.0,
        evaluation=evaluate(dataset, as_read(case)), inputs={}, output=("float32", ()),
        columns=input_names(dataset), select_ops=needs_select_ops(case.folder),
    )  # fmt: skip
    origin = Origin("study", "Which?", "None.", case.config, {"test_loss": 0.5, **metrics})
    return card(origin, case.prepared, exported), exported


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
        "| age (years) | `age__years_` | float32 | years | the mean, {:.4g} and a flag"
        " | any number is taken |",
        "| class | `column_class` | string: category | – | a category of its own"
        " | the average of the categories of train |",
        "| Inputs | `Inputs` | float32 | – | the mean, {:.4g} | any number is taken |",
        "| inputs | `inputs_` | string: words | – | an empty text | the token for what is unknown |",
    ],
    "numbers": [
        "| 나이 | `column_1` | float32 | – | the mean, {:.4g} and a flag | any number is taken |",
        "| length (cm) | `length__cm_` | float32 | cm | the mean, {:.4g} | any number is taken |",
    ],
    "visits": [
        "| 1st visit | `column_1st_visit` | string: date, as text | –"
        " | the mean of each of its parts and a flag | a text that is no date is missing |",
        "| class | `column_class` | string: category | – | a category of its own"
        " | the average of the categories of train |",
        "| 나이 | `column_3` | float32 | years | the mean, {:.4g} and a flag | any number is taken |",
    ],
    "images": ["| – | `inputs` | uint8 6 x 5 | – | not taken | – |"],
    "sequences": ["| – | `inputs` | float32 7 x 3 | – | NaN in all channels: padding after the end | – |"],
}


def rows_of(kind: str, case: Served) -> list[str]:
    """With the means of the numbers, in their order."""
    x, kinds = case.prepared.dataset.train.x, case.prepared.dataset.kinds
    means = iter([x[name].mean() for name in kinds if kinds[name] == "numeric" and "visit" not in name])
    return [row.format(next(means)) if "{" in row else row for row in ROWS[kind]]


@pytest.mark.parametrize("kind", ROWS)
def test_the_card_says_what_each_column_is_called_and_what_becomes_of_odd_values(kind, served):
    text, exported = card_of(served[kind])
    lines, rows = text.splitlines(), rows_of(kind, served[kind])
    start = lines.index("| column | input | type | unit | missing | unknown |") + 2
    assert lines[start : start + len(rows)] == rows
    assert not lines[start + len(rows)]
    written = json.loads((served[kind].folder / "assets" / "inputs.json").read_text(encoding="utf-8"))
    if exported.columns:
        assert {item["column"]: name for name, item in written.items()} == exported.columns
        assert "A missing number is NaN, a missing text is empty" in text
        assert ("empty or one of `n/a`. Blanks around a text do not count." in text) == (kind == "visits")
    for (name, item), row in zip(written.items(), rows, strict=True):
        assert f"| `{name}` | {item['dtype']}" in row and row.endswith(f"| {item['unknown']} |")


def test_the_card_says_what_was_decided_of_the_data(served):
    text, _ = card_of(served["visits"])
    assert "What was decided:\n\n- `1st visit` has dates that are day-first.\n\n## Intended use" in text
    assert "- SHA-256: a fact.\n\n## Intended use" in card_of(served["columns"])[0]


def test_a_bar_in_a_name_does_not_break_the_table():
    item = Input("a_b_c", "a|b\nc", "float32", (), "number", "", "the mean", "taken")
    assert _row(item) == "| a\\|b c | `a_b_c` | float32 | – | the mean | taken |"


def test_the_steps_of_a_forecast_have_names():
    item = Input("inputs", None, "float32", (14, 2), "time steps of sales, price", "", "not taken", "–")
    assert _row(item) == "| – | `inputs` | float32 14 x 2: time steps of sales, price | – | not taken | – |"


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
        for dtype in ("float64", "int64"):  # of a DataFrame, or of whoever calls
            other = re.sub(r'"(float32|uint8)"\)', f'"{dtype}")', snippet)
            asked[f"{kind} of {dtype}"] = str(case.folder), other
    (tmp_path / "asked.json").write_text(json.dumps(asked))
    printed = outside.run(SNIPPETS, str(tmp_path / "asked.json")).splitlines()
    for kind, case in served.items():
        answers = [printed[printed.index(each) + 1] for each in asked if each.partition(" of ")[0] == kind]
        assert len(set(answers)) == 1
        assert all(f"'{name}': array(" in answers[0] for name in case.outputs if name != "called"), kind
