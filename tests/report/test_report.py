"""The page and the files of a study, from evidence to what a reader sees."""

import html.parser
import json
import math
import re

import numpy as np
import pandas as pd
import pytest
from made_up import (
    EPOCHS,
    IMPORTANCE,
    OPTIMIZERS,
    REPLICATES,
    TRIALS,
    item,
    measured,
    optimizer_evidence,
    optimizer_study,
    replaced,
    search_evidence,
    search_study,
    training_table,
)

from suite import Choice, Config, Study, Uniform
from suite.analysis import evaluation as evaluated
from suite.analysis.findings import analyse, with_export
from suite.analysis.records import (
    Checked,
    Details,
    Evidence,
    Facts,
    Figure,
    Findings,
    Measure,
    Section,
    Table,
    Text,
)
from suite.report import write
from suite.report.figures import FIGURES, chart, spec
from suite.report.page import summary, without_formulas
from suite.tasks import TASKS, meanings


@pytest.fixture(scope="module")
def optimizers():
    study = optimizer_study()
    evidence = [
        replaced(each, best_config={"learning_rate": 0.0099}) if each.level == "adamw" else each
        for each in optimizer_evidence(study)
    ]
    return evidence, analyse(study, "optimizers", measured(*evidence))


class Page(html.parser.HTMLParser):
    """What a page would load, the tags it has and its visible text."""

    def __init__(self, text: str):
        super().__init__()
        self.loads, self.tags, self.text, self.hidden = [], [], "", False
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.hidden = tag in ("script", "style")
        self.loads += [value for name, value in attrs if name in ("src", "srcset", "data")]
        self.loads += [dict(attrs).get("href") for _ in [0] if tag == "link"]

    def handle_endtag(self, tag):
        self.hidden = False

    def handle_data(self, data):
        self.text += "" if self.hidden else f"{data} "


def text_of(index) -> str:
    return " ".join(Page(index.read_text()).text.split())


@pytest.fixture(scope="module")
def written(optimizers, tmp_path_factory):
    evidence, findings = optimizers
    return write(findings, training_table(*evidence), tmp_path_factory.mktemp("report") / "made" / "here")


def test_the_folder_holds_page_figures_summary_and_trainings(written):
    folder = written.parent
    assert written.name == "index.html"
    assert sorted(path.name for path in folder.iterdir()) == [
        "figures",
        "index.html",
        "summary.json",
        "trainings.csv",
    ]
    assert {path.stem for path in (folder / "figures").iterdir()} == {
        "ranking",
        "improvement",
        "sensitivity",
        "training_curves",
        "epochs_to_target",
        "budget",
    }
    for path in (folder / "figures").iterdir():
        content = path.read_bytes()
        assert content.startswith(b"\x89PNG")
        assert int.from_bytes(content[16:20]) >= 2 * 500  # width in pixels, at scale 2
    table = pd.read_csv(folder / "trainings.csv")
    assert len(table) == len(OPTIMIZERS) * TRIALS and {"level", "status", "objective"} <= set(table.columns)


def test_summary_has_its_keys_in_ranking_order_and_is_strict_json(written, optimizers):
    _, findings = optimizers
    record = json.loads((written.parent / "summary.json").read_text(), parse_constant=pytest.fail)
    assert set(record) == {
        "baselines",
        "failures",
        "study",
        "question",
        "shape",
        "answer",
        "seconds",
        "trainings",
        "warnings",
        "predictions",
        "measures",
        "levels",
        "pairs",
        "replicates",
        "diagnoses",
        "exported",
    }
    assert (
        record["study"] == "optimizers"
        and record["shape"] == "comparison"
        and record["seconds"] == 252.0
        and record["trainings"] == len(OPTIMIZERS) * (TRIALS + REPLICATES)
    )
    assert record["answer"] == findings.answer and record["warnings"] == list(findings.warnings)
    assert [row["level"] for row in record["levels"]] == [row[0] for row in findings.headline.rows]
    found = [each for each in findings.measures if each.quantity == "test_loss"]
    iqms = {level: each.point for each in found for level in each.at.values()}
    assert [row["iqm"] for row in record["levels"]] == sorted(iqms.values())
    for row in record["levels"]:
        assert set(row) == {
            "level",
            "replicates",
            "metric",
            "iqm",
            "ci_low",
            "ci_high",
            "test_accuracy",
            "best_config",
        }
        assert (row["metric"], row["iqm"], row["replicates"]) == ("test_loss", iqms[row["level"]], REPLICATES)
    assert record["replicates"] == {
        "vary": ["seed"],
        "protocol": "repeated",
        "searches": 1,
        "searches_needed_for": 0.01,
    }
    assert len(record["pairs"]) == 15
    for row in record["pairs"]:
        assert set(row) == {
            "first",
            "second",
            "difference",
            "ci_low",
            "ci_high",
            "probability",
            "p_value",
            "verdict",
            "searches_needed",
        }
        ends = [row[name] for name in ("ci_low", "difference", "ci_high")]
        finite = [
            x for x in ends if x is not None
        ]  # one replicate of momentum diverged: some ends are infinite
        assert row["difference"] is not None and finite == sorted(finite)
        assert len(finite) == 3 or "momentum" in (row["first"], row["second"])
    assert set(record["diagnoses"]) == set(OPTIMIZERS)
    assert all(set(found) == {"verdict", "evidence", "next_step"} for found in record["diagnoses"].values())
    assert {"quantity": "test_loss", "at": {"optimizer": "adam"}}.items() <= next(
        row for row in record["measures"] if row["at"] == {"optimizer": "adam"}
    ).items()


def test_summary_turns_what_json_lacks_into_null_and_plain_values(optimizers):
    _, findings = optimizers
    bad = {
        "levels": [
            {"iqm": math.nan, "ci_high": math.inf, "width": np.int64(3), "rate": np.float32(0.5), "x": np.nan}
        ]
    }
    measure = Measure("epochs_to_target", {}, math.inf, 1.0, math.inf)
    record = summary(replaced(findings, summary=bad, measures=(measure,)))
    assert json.loads(json.dumps(record, allow_nan=False))["levels"][0] == {
        "iqm": None,
        "ci_high": None,
        "width": 3,
        "rate": 0.5,
        "x": None,
    }
    assert record["measures"][0]["point"] is None and record["measures"][0]["low"] == 1


def test_the_page_loads_nothing_and_holds_the_library_once(written):
    text = written.read_text()
    page = Page(text)
    assert page.loads == [] and "@import" not in text and "iframe" not in page.tags
    assert "default-src 'none'" in text
    assert page.tags.count("script") == 2  # the library and the figures
    assert len(text) < 2_000_000


def test_the_page_says_what_was_found(written, optimizers):
    _, findings = optimizers
    text = text_of(written)
    assert len(findings.warnings) == 2 and any(
        "edge of the searched range" in each for each in findings.warnings
    )
    for part in (
        "Which optimizer reaches the lowest loss?",
        " ".join(findings.answer.split()),
        *findings.warnings,
        "1 of 10 replicates diverged",
        "not reached",
        "Overfitting: sgd, adagrad",
        "lower width or depth , or get more training examples.",
        "make study NAME=optimizers",
        "4 min 12 s",
        "git commit",
        "LogUniform(1e-05, 0.01)",
        "beats",
        "3 independent quasi-random (scrambled Sobol points) searches of 20 trials each",
        "learning_rate=",
    ):
        assert part in text, part


def test_the_first_screen_is_question_answer_predictions_and_the_figure(optimizers, tmp_path):
    _, findings = optimizers
    checked = (
        Checked(
            "AdamW wins", "Loshchilov 2019", "test loss less than at adam", "0.35, against 0.36", "survives"
        ),
        Checked("SGD wins", "a textbook", "test loss less than at adam", "0.37, against 0.36", "reverses"),
        Checked("Lion is as good", "Chen 2023", "x", "y", "cannot be told apart"),
        Checked("Signals stay", "He 2015", "z", "z was not measured", "not measured"),
    )
    index = write(replaced(findings, predictions=checked), None, tmp_path)
    text = index.read_text()
    order = [
        text.index(part)
        for part in (
            "<h1>Which optimizer",
            'class="answer"',
            "AdamW wins",
            '<div class="chart" id="ranking">',
            "Before you rely on it",
            "Who beats whom",
            "The evidence",
            "Do it again",
        )
    ]
    assert order == sorted(order)
    for each, mark in zip(checked, ("survives", "reverses", "unsure", "unmeasured"), strict=True):
        assert f'<span class="mark {mark}">{each.verdict}</span>' in text
    assert not (tmp_path / "trainings.csv").exists() and "trainings.csv" not in text


BLOCKS = (
    Text(
        ("One `code` <b>.", "Two."),
    ),
    Text(("Head",), "heading"),
    Text(("a", "b"), "list"),
    Text(("x = 1",), "code"),
    Facts({"name": "said of `it`"}),
    Table(("level", "n", "set"), (("a", ("1", "2"), ("p=1", "q=2")),), kinds=("text", "number", "code")),
    Details("Inside", (Text(("Deep.",), "soft"), Table(("c",), (("d",),), heads=False))),
)


def test_the_template_shows_any_section_by_the_kinds_of_its_blocks(optimizers, tmp_path):
    """A finding of a new kind, such as a probe's, needs no edit of the template."""
    _, findings = optimizers
    bars = Figure(
        "new",
        "bars",
        "New",
        "Bars.",
        {"bars": pd.DataFrame({"name": ["a"], "value": [1.0]})},
        {"x_title": "x"},
    )
    inner = replaced(bars, name="inner")
    section = Section("probe", "A probe", (*BLOCKS, bars, Details("More", (inner,))))
    write(replaced(findings, sections=(section,)), None, tmp_path)
    text = (tmp_path / "index.html").read_text()
    for part in (
        "<h2>A probe</h2>",
        "<p>One <code>code</code> &lt;b&gt;.</p><p>Two.</p>",
        "<h3>Head</h3>",
        "<ul><li>a</li><li>b</li></ul>",
        "<pre>x = 1</pre>",
        "<dt>name</dt><dd>said of <code>it</code></dd>",
        'class="number" data-label="n"',
        "<code>p=1</code> <code>q=2</code>",
        "<details><summary>Inside</summary>",
        '<p class="soft">Deep.</p>',
        '<div class="chart" id="new">',
        '<div class="chart" id="inner">',
        '"inner": {',
    ):
        assert part in text, part
    assert {path.stem for path in (tmp_path / "figures").iterdir()} == {"ranking", "new", "inner"}


def test_user_text_is_escaped_in_page_and_figures(tmp_path):
    nasty = "</script><script>alert(1)</script><img src=x onerror=alert(2)>"
    study = optimizer_study(("sgd", "adam")).model_copy(update={"question": f"{nasty}?"})
    evidence = [replaced(each, level=f"{each.level}{nasty}") for each in optimizer_evidence(study)]
    given = measured(*evidence, facts={nasty: nasty}, notes=(f"`{nasty}`",), meanings={"loss": nasty})
    findings = replaced(
        analyse(study, nasty, given),
        predictions=(Checked(nasty, nasty, nasty, nasty, "survives"),),
        answer=nasty,
    )
    index = write(findings, training_table(*evidence), tmp_path)
    page = Page(index.read_text())
    assert page.tags.count("script") == 2 and "img" not in page.tags and page.loads == []
    assert nasty in page.text


def test_no_cell_of_the_table_is_a_formula():
    table = pd.DataFrame(
        {
            "level": ["=cmd|' /C calc'!A0", "+1+cmd|x", "@SUM(A1)", "\t=1", "-2", "+.5e-3", "a=b", None],
            "=HYPERLINK(1)": [-1.5] * 8,
            "kept": [True] * 8,
        }
    )
    plain = without_formulas(table)
    assert list(plain["level"].dropna()) == [
        "'=cmd|' /C calc'!A0", "'+1+cmd|x", "'@SUM(A1)", "'\t=1", "-2", "+.5e-3", "a=b",
    ]  # fmt: skip
    assert list(plain.columns) == ["level", "'=HYPERLINK(1)", "kept"]
    assert list(plain["'=HYPERLINK(1)"]) == [-1.5] * 8


def test_a_level_that_is_a_formula_is_text_in_the_table(tmp_path):
    study = optimizer_study(("sgd", "adam"))
    evidence = [replaced(each, level=f"={each.level}") for each in optimizer_evidence(study)]
    write(analyse(study, "optimizers", measured(*evidence)), training_table(*evidence), tmp_path)
    assert set(pd.read_csv(tmp_path / "trainings.csv")["level"]) == {"'=sgd", "'=adam"}


@pytest.fixture(scope="module")
def searched(tmp_path_factory):
    """The folder of a pure search's report, where another one was."""
    folder = tmp_path_factory.mktemp("searched")
    (folder / "figures").mkdir()
    (folder / "figures" / "ranking.png").write_bytes(b"old")
    (folder / "summary.json").write_text("old")
    study = search_study()
    found = search_evidence(study)
    facts = {"command": "make study NAME=search SET='epochs=2'"}
    findings = analyse(study, "search", measured(found, importance=IMPORTANCE, facts=facts))
    write(findings, training_table(found), folder)
    return folder


def test_a_pure_search_reads_without_a_ranking(searched):
    text = text_of(searched / "index.html")
    assert "The best configuration" in text and "learning_rate mattered most" in text and "TPE" in text
    assert "Who beats whom" not in text and "For each level" not in text and "beats one of" not in text
    assert {path.stem for path in (searched / "figures").iterdir()} == {
        "importance",
        "sensitivity",
        "training_curves",
        "budget",
    }


def test_a_second_report_replaces_the_first_and_its_figures(searched):
    assert not (searched / "figures" / "ranking.png").exists()
    assert json.loads((searched / "summary.json").read_text())["study"] == "search"
    assert "epochs=2" in Page((searched / "index.html").read_text()).text


TASK_REPORTS = {  # task -> what its report says, and words that have no place in it
    "regression": (
        ["validation MAE", "test MAE of 40", "test RMSE", "test R2", "Training MAE 40, validation MAE 45.",
         "in the unit of the target: price (US dollars)", "the variance of the logarithm of the target",
         "MAE 60", "RMSE 73.48", "R2 0"],
        r"accura|class|token|sequence",
    ),
    "sequence_to_sequence": (
        ["cross-entropy per target token", "share of target tokens that are right", "token error rate 25.00%",
         "sequence error rate 50.00%", "beam sequence error rate 0.00%", "decoded by beam search",
         "Training accuracy 90.00%, validation accuracy 85.00%."],
        r"class|share of examples|\bMAE|R2",
    ),
    "classification": (
        ["share of examples whose class is right", "Class by class", "accuracy 50.00%"], r"token|\bMAE|R2",
    ),
}  # fmt: skip


@pytest.mark.parametrize("task", TASK_REPORTS)
def test_a_report_speaks_of_its_task(task, tmp_path):
    """From the verdict, the diagnosis and the evaluation as they are made of a study's trainings."""
    rng, of = np.random.default_rng(0), TASKS[task]
    monitor = f"val_{of.metric}" if task == "regression" else "val_loss"
    study = Study(
        question="How well?",
        fixed=Config(monitor=monitor),
        nuisance={"dropout": Uniform(0, 0.5)},
        budget=6,
        replicates=5,
    )
    level = {"train_mae": 40, "val_mae": 45, "train_accuracy": 0.9, "val_accuracy": 0.85}
    curves = {name: np.full((5, 4), level.get(name, 0.5)) for name in of.curves}
    found = Evidence(
        level="tuned",
        trials=pd.DataFrame(
            {"number": range(6), "status": "completed", "objective": rng.uniform(40, 50, 6), "dropout": 0.2}
        ),
        space={"dropout": (0, 0.5, "linear")}, best_config={"dropout": 0.2}, scores=np.full(5, 40.0),
        tested={f"test_{name}": np.full(5, 0.5) for name in of.tested}, curves=curves, steps=np.arange(4),
        steps_per_epoch=1, kept=(3,) * 5,
    )  # fmt: skip
    evaluation = {
        "regression": evaluated.regression(
            np.array([1.0, 10.0, 100.0]), np.array([1.0, 100.0, 10.0]), log_target=True
        ),
        "sequence_to_sequence": evaluated.sequences(
            ["A B", "C D"], {"greedy": ["A B", "C"], "beam": ["A B", "C D"]}
        ),
        "classification": evaluated.classification(np.array([0, 1]), np.array([1, 1]), ("no", "yes")),
    }[task]
    means = meanings(task, "price (US dollars)", log_target=True)
    findings = analyse(study, "how", measured(found, meanings=means))
    index = write(with_export(findings, evaluation, "exports/how", means), None, tmp_path)
    text, (expected, alien) = text_of(index), TASK_REPORTS[task]
    for part in expected:
        assert part in text, part
    assert not re.search(alien, text, re.IGNORECASE)


def test_a_level_that_always_diverges_is_reported(tmp_path):
    study = optimizer_study(("sgd", "adam"))
    good, lost = optimizer_evidence(study)
    nothing = np.full((REPLICATES, EPOCHS), np.nan)
    lost = replaced(
        lost,
        scores=nothing[:, 0],
        tested={"test_accuracy": nothing[:, 0]},
        curves={"val_loss": nothing, "train_loss": nothing},
        kept=(None,) * REPLICATES,
    )
    index = write(analyse(study, "optimizers", measured(good, lost)), training_table(good, lost), tmp_path)
    assert "10 of 10 replicates diverged" in text_of(index)
    record = json.loads((tmp_path / "summary.json").read_text(), parse_constant=pytest.fail)
    assert record["levels"][1]["iqm"] is None
    assert (tmp_path / "figures" / "sensitivity.png").exists()


def test_a_level_that_did_not_train_is_reported_without_replicates(tmp_path):
    study = optimizer_study(("sgd", "adam"))
    good, lost = optimizer_evidence(study)
    empty, nothing = np.empty((0, 0)), np.empty(0)
    lost = replaced(
        lost,
        trials=lost.trials.assign(status="diverged", objective=np.nan),
        best_config={},
        scores=nothing,
        tested={"test_accuracy": nothing},
        curves={"val_loss": empty, "train_loss": empty},
        kept=(),
    )
    findings = analyse(study, "optimizers", measured(good, lost))
    text = text_of(write(findings, training_table(good, lost), tmp_path))
    assert "adam did not train: every trial diverged." in text and "of 10 replicates diverged" not in text
    record = json.loads((tmp_path / "summary.json").read_text(), parse_constant=pytest.fail)
    assert [row["replicates"] for row in record["levels"]] == [REPLICATES, 0]
    assert record["pairs"][0]["verdict"] == "did not train" and record["pairs"][0]["difference"] is None
    assert record["trainings"] == 2 * TRIALS + REPLICATES
    assert (tmp_path / "figures" / "sensitivity.png").exists()


@pytest.mark.parametrize("ran", [0, 3])
def test_all_diverged_and_only_categories_still_give_a_page(ran, tmp_path):
    study = Study(
        question="Which?",
        scientific={"activation": ("relu", "tanh")},
        nuisance={"batch_size": Choice(32, 64)},
    )
    nothing = {name: np.full((ran, 2), math.nan) for name in ("val_loss", "train_loss")}
    objective = [math.nan] * 2 + ([0.5] if ran else [math.nan])
    evidence = [
        replaced(
            item(level, objective, (math.nan,) * ran, nothing, batch_size=[32, 64, 32]), kept=(None,) * ran
        )
        for level in ("relu", "tanh")
    ]
    findings = analyse(study, "which", measured(*evidence))
    start = (
        "No configuration trains reliably"
        if ran
        else "Nothing trained: every trial diverged (relu 3 of 3, tanh 3 of 3)"
    )
    assert findings.answer.startswith(start)
    assert findings.best is None or ran
    assert start in text_of(write(findings, None, tmp_path))


def accuracy_of(evidence: Evidence) -> Evidence:
    """The same evidence, judged by accuracy."""
    return replaced(
        evidence,
        trials=evidence.trials.assign(objective=1 - evidence.trials["objective"]),
        scores=1 - evidence.scores,
        curves=evidence.curves
        | {f"{split}_accuracy": 1 - evidence.curves[f"{split}_loss"] for split in ("val", "train")},
    )


def test_every_figure_of_an_accuracy_study_can_be_drawn(optimizers):
    evidence, _ = optimizers
    study = optimizer_study().replace(monitor="val_accuracy")
    findings = analyse(study, "optimizers", measured(*map(accuracy_of, evidence)))
    drawn = {figure.name: figure for figure in figures_in(findings)}
    assert (
        "further right is better" in drawn["ranking"].title
        and "higher the hill" in drawn["sensitivity"].title
    )
    assert '"title": "validation accuracy"' in json.dumps(spec(drawn["sensitivity"]))


def figures_in(findings: Findings) -> list[Figure]:
    blocks = [findings.figure, *(block for section in findings.sections for block in section.blocks)]
    return [block for block in blocks if isinstance(block, Figure)]


def test_a_figure_of_a_kind_that_nothing_draws_is_refused_with_the_choices():
    with pytest.raises(
        ValueError, match=r"`kind` must be one of arrivals, .*Received: 'bar'. Did you mean 'bars'\?"
    ):
        chart(Figure("x", "bar", "", "", {}, {}))


AXES = {"x_title": "x", "y_title": "y"}
LINES = pd.DataFrame({"x": [1, 10, 1, 10], "y": [1.0, 2, 2, 1], "series": ["a", "a", "b", "b"]})
BARS = pd.DataFrame({"name": ["a", "b"], "value": [1.0, 2]})


@pytest.mark.parametrize(
    ("kind", "data", "options"),
    [
        ("lines", {"lines": LINES}, AXES | {"x_scale": "log", "rule": 1.5, "points": True}),
        ("lines", {"lines": LINES.assign(low=0.5, high=2.5, panel=["p", "p", "q", "q"])}, AXES),
        ("bars", {"bars": BARS.assign(low=0.5, high=2.5)}, {"x_title": "x"}),
        ("bars", {"bars": BARS.assign(panel=["p", "q"])}, {"x_title": "x", "order": ["q", "p"]}),
    ],
)  # fmt: skip
def test_figures_for_probes_and_demonstrations_can_be_drawn(kind, data, options):
    figure = Figure("x", kind, "Title", "Caption.", data, options)
    made = spec(figure)
    assert made["description"] == "Title. Caption." and '"x"' in json.dumps(made)
    assert set(FIGURES) >= {kind}
