"""The report: the numbers behind the figures on hand-worked input, the files, and the page."""

import dataclasses
import html.parser
import json
import math
import re
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from suite import Choice, Config, Level, LogUniform, Study, Uniform
from suite.analysis import evaluation as evaluated
from suite.analysis.comparison import compare
from suite.analysis.diagnosis import diagnose
from suite.analysis.records import Comparison, Evidence, Pair, Ranked
from suite.report import chart, figures, numbers, tables, write
from suite.report.page import summary
from suite.tasks import TASKS, meanings

EPOCHS, TRIALS, SEEDS = 10, 20, 10
# value -> best learning rate, loss there, epochs to fall by a factor e: one clear winner, close calls, a poor one
OPTIMIZERS = {
    "sgd": (0.2, 0.352, 2.2),
    "momentum": (0.03, 0.334, 1.6),
    "adagrad": (0.05, 0.372, 2.0),
    "adam": (0.001, 0.331, 1.2),
    "adamw": (0.0012, 0.326, 1.2),
    "lion": (0.0002, 0.339, 1.3),
}


def optimizer_study(values=tuple(OPTIMIZERS), **changes) -> Study:
    fixed = Config(train_size=20_000, validation_size=5_000, epochs=EPOCHS)
    return Study(
        question="Which optimizer reaches the lowest loss?",
        fixed=fixed,
        scientific={"optimizer": values},
        nuisance={"learning_rate": LogUniform(1e-4, 1.0)},
        budget=TRIALS,
        replicates=SEEDS,
        **changes,
    )


def optimizer_evidence(value: str, space, rng: np.random.Generator) -> Evidence:
    """One optimizer, made up: a valley over the learning rate that diverges to its right, and falling curves."""
    best, loss, tau = OPTIMIZERS[value]
    low, high = space["learning_rate"].low, space["learning_rate"].high
    rates = np.exp(rng.uniform(np.log(low), np.log(high), TRIALS))
    away = np.log10(rates / best)
    objective = loss + 0.06 * away**2 + 0.5 * np.maximum(away - 0.3, 0) + rng.normal(0, 0.003, TRIALS)
    diverged = away > 0.75
    trials = pd.DataFrame(
        {
            "number": range(TRIALS),
            "status": np.where(diverged, "diverged", "completed"),
            "objective": np.where(diverged, np.nan, objective),
            "learning_rate": rates,
        }
    )
    epochs = np.arange(1, EPOCHS + 1)
    seed = rng.normal(0, 0.004, (SEEDS, 1))
    val = (
        loss
        + 0.35 * np.exp(-epochs / tau)
        + 0.0006 * np.maximum(epochs - 6, 0) ** 2
        + seed
        + rng.normal(0, 0.004, (SEEDS, EPOCHS))
    )
    train = val - 0.004 * epochs + rng.normal(0, 0.002, (SEEDS, EPOCHS))
    scores = val.min(axis=1) + 0.02 + rng.normal(0, 0.002, SEEDS)
    if value == "momentum":  # one replicate diverges half-way
        val[3, 4:] = train[3, 4:] = scores[3] = np.nan
        val[3, 3], train[3, 3] = 41.0, 39.0
    return Evidence(
        level=value,
        trials=trials,
        space={"learning_rate": (low, high, "log")},
        best_config={"learning_rate": float(rates[np.nanargmin(trials["objective"])])},
        scores=scores,
        tested={"test_accuracy": 1 - scores / 3},
        curves={"val_loss": val, "train_loss": train},
        steps=157 * epochs,
        steps_per_epoch=157,
    )


def ranked(item: Evidence, target: float = 0.36) -> Ranked:
    """Near enough to the real thing for a picture: mean for interquartile mean, normal intervals."""
    good = item.scores[np.isfinite(item.scores)]
    iqm = good.mean() if good.size else math.nan
    half = 2 * good.std() / math.sqrt(good.size) if good.size else math.nan
    objective = np.sort(item.trials["objective"].fillna(np.inf))
    n = np.arange(1, len(objective) + 1)
    weights = np.diff(
        np.concatenate([np.zeros((1, len(n))), 1 - (1 - n[:, None] / len(n)) ** n[None, :]]), axis=0
    )
    expected = np.where(np.isfinite(objective), objective, 2.3) @ weights
    hits = item.curves["val_loss"] <= target
    epochs = np.where(hits.any(axis=1), hits.argmax(axis=1) + 1.0, np.nan)
    return Ranked(
        level=item.level,
        replicates=len(item.scores),
        diverged=int(len(item.scores) - good.size),
        iqm=iqm,
        ci_low=iqm - half,
        ci_high=iqm + half,
        tested={"test_accuracy": np.nanmean(item.tested["test_accuracy"]) if good.size else math.nan},
        expected_best=expected,
        expected_best_low=expected - 0.1 / n,
        expected_best_high=expected + 0.1 / n,
        epochs_to_target=epochs,
        diverged_trials=float((item.trials["status"] == "diverged").mean()),
        best_config=item.best_config,
    )


def pair(first: Evidence, second: Evidence) -> Pair:
    wins = np.nan_to_num(first.scores, nan=9)[:, None] < np.nan_to_num(second.scores, nan=9)[None, :]
    probability = wins.mean()
    difference = np.nan_to_num(second.scores, nan=9).mean() - np.nan_to_num(first.scores, nan=9).mean()
    verdict = "beats" if probability > 0.9 else "budget" if probability > 0.8 else "same"
    return Pair(
        first.level,
        second.level,
        difference,
        difference - 0.004,
        difference + 0.004,
        probability,
        max(probability - 0.2, 0),
        min(probability + 0.15, 1),
        0.012,
        0.08,
        verdict,
    )


def verdict(evidence, **changes) -> Comparison:
    order = sorted(
        evidence,
        key=lambda item: np.nan_to_num(
            np.nanmean(np.append(item.scores, np.nan)) if np.isfinite(item.scores).any() else 9.0
        ),
    )
    comparison = Comparison(
        metric="test_loss",
        monitor="val_loss",
        minimize=True,
        confidence=0.95,
        ranking=tuple(map(ranked, order)),
        pairs=tuple(pair(a, b) for i, a in enumerate(order) for b in order[i + 1 :]),
        target=0.36,
        warnings=("adamw: the best learning_rate lies at the edge of the searched range.",),
        answer="adamw reaches the lowest test loss: 0.341 (0.339 to 0.343).\nadam cannot be told apart from it.",
    )
    return dataclasses.replace(comparison, **changes)


def training_table(evidence) -> pd.DataFrame:
    return pd.concat(
        [item.trials.assign(study="optimizers", role="trial", level=item.level) for item in evidence]
    )


@pytest.fixture(scope="module")
def optimizers():
    study, rng = optimizer_study(), np.random.default_rng(0)
    evidence = [optimizer_evidence(case.label, case.space, rng) for case in study.cases]
    return study, evidence, verdict(evidence)


@pytest.fixture(scope="module")
def pure_search():
    space = {
        "learning_rate": LogUniform(1e-4, 1e-1),
        "batch_size": Choice(32, 64, 128),
        "dropout": Uniform(0.0, 0.6),
        "kernel_initializer": Choice("glorot_uniform", "he_normal", "orthogonal"),
    }
    study = Study(
        question="Which settings train this model best?",
        nuisance=space,
        sampler="tpe",
        pruner="median",
        budget=TRIALS,
    )
    rng = np.random.default_rng(1)
    item = optimizer_evidence("adam", space, rng)
    u = rng.uniform(size=(TRIALS, 3))
    trials = item.trials.assign(
        batch_size=[space["batch_size"].quantile(x) for x in u[:, 0]],
        dropout=0.6 * u[:, 1],
        kernel_initializer=[space["kernel_initializer"].quantile(x) for x in u[:, 2]],
    )
    trials.loc[4:6, "status"] = "pruned"
    item = dataclasses.replace(
        item,
        level="tuned",
        trials=trials,
        space={**item.space, "dropout": (0.0, 0.6, "linear")},
        best_config=dict(trials.iloc[np.nanargmin(trials["objective"])][list(space)]),
    )
    answer = "learning_rate mattered most; the best configuration reaches a test loss of 0.35."
    return study, [item], verdict([item], answer=answer, warnings=())


IMPORTANCE = {"dropout": 0.08, "learning_rate": 0.81, "batch_size": 0.07, "kernel_initializer": 0.04}
FACTS = {"tensorflow": "2.21.0", "git commit": "0123abc", "machine": "2 cores, no GPU"}


def write_report(case, folder, **changes):
    study, evidence, comparison = case
    arguments = {
        "name": "optimizers",
        "folder": folder,
        "seconds": 252.0,
        "facts": FACTS,
        "meanings": meanings("classification"),
    }
    arguments |= changes
    return write(study, evidence, comparison, training_table(evidence), **arguments)


def item(level="a", objective=(), scores=(0.5,), curves=None, status=None, **columns) -> Evidence:
    """Evidence of a few hand-written numbers; one evaluation every 10 steps, 20 steps an epoch."""
    objective = list(objective)
    status = status or ["diverged" if math.isnan(x) else "completed" for x in objective]
    trials = pd.DataFrame(
        {"number": range(len(objective)), "status": status, "objective": objective, **columns}
    )
    curves = {name: np.array(runs, float) for name, runs in (curves or {}).items()}
    length = max((runs.shape[1] for runs in curves.values()), default=0)
    return Evidence(
        level=level,
        trials=trials,
        space={},
        best_config={},
        scores=np.array(scores),
        curves=curves,
        tested={"test_accuracy": np.array(scores)},
        steps=10 * np.arange(1, length + 1),
        steps_per_epoch=20,
    )


def place(level="a", **changes) -> Ranked:
    blank = Ranked(
        level=level,
        replicates=4,
        diverged=0,
        iqm=0.5,
        ci_low=0.4,
        ci_high=0.6,
        tested={"test_accuracy": 0.9},
        expected_best=np.array([0.5, 0.4]),
        expected_best_low=np.array([0.4, 0.3]),
        expected_best_high=np.array([0.6, 0.5]),
        epochs_to_target=np.array([]),
        diverged_trials=0.0,
        best_config={},
    )
    return dataclasses.replace(blank, **changes)


def of(*places, pairs=(), minimize=True) -> Comparison:
    return Comparison(
        metric="test_loss",
        monitor="val_loss",
        minimize=minimize,
        confidence=0.95,
        ranking=places,
        pairs=pairs,
        target=0.4,
        warnings=(),
        answer="",
    )


@pytest.mark.parametrize(
    ("values", "minimize", "limits"),
    [
        # quartiles 1 and 3, fence 3 + 3 * 2 = 9: nothing beyond; range 0 to 4, margin 5%
        ([0, 1, 2, 3, 4], True, (-0.2, 4.2)),
        # quartiles 1 and 3, 100 lies beyond 9: range 0 to 9
        ([0, 1, 2, 3, 100], True, (-0.45, 9.45)),
        # the same turned over: range -9 to 0
        ([0, -1, -2, -3, -100], False, (-9.45, 0.45)),
        # only the worse side is cut
        ([0, -1, -2, -3, -100], True, (-105, 5)),
        ([2.0, math.nan, math.inf], True, (1.9, 2.1)),
        ([math.nan], True, (0, 1)),
        ([], True, (0, 1)),
    ],
)
def test_the_drawn_range_leaves_out_only_far_outliers_on_the_worse_side(values, minimize, limits):
    assert numbers.drawn_range(values, minimize=minimize) == pytest.approx(limits)


def test_curves_are_medians_and_quartiles_per_epoch_while_half_of_the_replicates_go_on():
    runs = {
        "val_loss": [
            [5, 4, 1],
            [1, 2, math.nan],
            [2, 3, math.nan],
            [3, 1, math.nan],
            [4, math.inf, math.nan],
        ],
        "train_loss": [[1, 1, 1]] * 5,
    }
    table = numbers.curves([item(curves=runs)], "val_loss")
    validation = table[table["split"] == "validation"]
    assert list(validation["epoch"]) == [0.5, 1.0]  # at the third evaluation one of five is left
    assert list(validation["replicates"]) == [5, 4]  # infinity counts as missing
    assert validation[["low", "median", "high"]].to_numpy().tolist() == [[2, 3, 4], [1.75, 2.5, 3.25]]
    assert list(table[table["split"] == "training"]["epoch"]) == [0.5, 1.0, 1.5]
    assert table["median"].notna().all()


def test_a_value_without_replicates_has_no_curves():
    empty = {"val_loss": np.empty((0, 0)), "train_loss": np.empty((0, 0))}
    assert numbers.curves(
        [item(curves=empty), item("b", curves={name: np.empty((3, 0)) for name in empty})], "val_loss"
    ).empty


def test_captions_name_the_values_that_are_not_in_the_drawn_range():
    data = pd.DataFrame({"level": ["a", "a", "b", "b"], "median": [0.5, 9, 7, 8]})
    assert chart.absent(data, "median", (0, 1), ["a", "b", "c"]) == "; diverged or off the scale: b, c"
    assert chart.absent(data, "median", (0, 9), ["a", "b"]) == ""


def test_sensitivity_marks_best_pruned_diverged_and_off_the_scale():
    trials = item(
        objective=[0.1, 0.2, 0.3, math.nan, 50.0, 0.15],
        rate=[1, 2, 3, 4, 5, 6],
        status=["pruned", "completed", "completed", "diverged", "completed", "completed"],
    )
    table = numbers.sensitivity([trials], "rate", minimize=True).set_index("x")
    # a pruned trial's objective was reached on less training, so it cannot be the best
    assert table["mark"].to_dict() == {
        1: "pruned",
        2: "trial",
        3: "trial",
        4: "diverged",
        5: "off the scale",
        6: "best",
    }
    # 0.15 and 0.3 are the quartiles of the five finite ones, so the range ends at 0.3 + 3 * 0.15, before the margins
    edge = 0.75 + 0.05 * 0.65 - 0.02 * 1.1 * 0.65
    assert table["shown"].to_dict() == pytest.approx({1: 0.1, 2: 0.2, 3: 0.3, 4: edge, 5: edge, 6: 0.15})
    assert table.index[-1] == 6  # drawn on top


def test_sensitivity_turns_over_for_accuracy_and_takes_the_distance_from_one():
    trials = dataclasses.replace(
        item(objective=[0.5, 0.9, math.nan], momentum=[0.8, 0.9, 0.99]),
        space={"momentum": (0.8, 0.99, "near_one")},
    )
    table = numbers.sensitivity([trials, item("b", [0.7], rate=[1])], "momentum", minimize=False)
    assert set(table["level"]) == {"a"}  # b does not search it
    assert dict(zip(table["mark"], table["x"], strict=True)) == pytest.approx(
        {"trial": 0.2, "best": 0.1, "diverged": 0.01}
    )
    assert table.set_index("mark")["shown"]["diverged"] < 0.5


def test_ranking_notes_what_is_not_in_the_drawn_range():
    places = [
        place("a", iqm=0.5),
        place("b", iqm=2.5),
        place("c", iqm=math.nan, diverged=4),
        place("d", iqm=math.inf),
    ]
    table = numbers.ranking(of(*places), (0.0, 1.0))
    assert list(table["rank"]) == [1, 2, 3, 4]
    assert list(table["note"]) == ["", "off the scale: 2.5", "diverged", "diverged"]


def test_scores_leave_out_diverged_replicates():
    table = numbers.scores([item("a", scores=(0.5, math.nan, 0.7)), item("b", scores=(math.nan,))])
    assert table.to_numpy().tolist() == [["a", 1, 0.5], ["a", 3, 0.7]]


def test_epochs_to_target_count_arrivals_and_never_as_infinite():
    comparison = of(
        place("a", epochs_to_target=np.array([3, 2, 3, math.nan])),
        place("b", epochs_to_target=np.array([5, math.nan, math.nan])),
        place("c", epochs_to_target=np.array([math.nan])),
    )
    assert numbers.arrivals(comparison).to_numpy().tolist() == [["a", 2, 1], ["a", 3, 2], ["b", 5, 1]]
    table = numbers.reached(comparison).set_index("level")
    assert table["reached"].to_dict() == {"a": 3, "b": 1, "c": 0}
    assert table["replicates"].to_dict() == {"a": 4, "b": 3, "c": 1}
    assert table["median"]["a"] == 3 and table["median"][["b", "c"]].isna().all()


def test_expected_best_drops_what_is_not_finite():
    table = numbers.expected_best(of(place("a"), place("b", expected_best=np.array([math.inf, 0.3]))))
    assert table[["level", "trials", "expected"]].to_numpy().tolist() == [
        ["a", 1, 0.5],
        ["a", 2, 0.4],
        ["b", 2, 0.3],
    ]


def test_improvement_is_given_both_ways():
    table = numbers.improvement(of(pairs=(Pair("a", "b", 0.1, 0, 0.2, 0.75, 0.6, 0.9, 0.04, 0.1, "beats"),)))
    assert table.to_numpy().tolist() == [["a", "b", 0.75, "beats"], ["b", "a", 0.25, "beats"]]


def test_importances_come_most_important_first():
    assert list(numbers.importances(IMPORTANCE)["hyperparameter"]) == [
        "learning_rate",
        "dropout",
        "batch_size",
        "kernel_initializer",
    ]


@pytest.mark.parametrize(
    ("value", "widths", "text"),
    [
        (0.34567, [0.004, 0.005, 0.1], "0.3457"),
        (12.345, [3.0], "12.3"),
        (0.5, [0.0], "0.500"),
        (math.nan, [0.1], "–"),
        (123.4, [40.0], "123"),
        (0.5, [1e-12], "0.500000"),
    ],
)
def test_numbers_keep_two_digits_of_the_median_width(value, widths, text):
    assert tables.number(value, widths) == text


def test_verdicts_say_how_a_value_stands_to_all_others():
    def pair(first, second, verdict):
        return Pair(first, second, 0.1, 0, 0.2, 0.7, 0.6, 0.9, 0.04, 0.1, verdict)

    comparison = of(
        place("a"),
        place("b"),
        place("c"),
        pairs=(pair("a", "b", "same"), pair("a", "c", "beats"), pair("b", "c", "budget")),
    )
    assert dict(tables.verdicts(comparison)) == {
        "a": {"cannot be told apart from": ["b"], "beats": ["c"]},
        "b": {
            "cannot be told apart from": ["a"],
            "probably beats (the budget is too small to be sure)": ["c"],
        },
        "c": {"is beaten by": ["a"], "is probably beaten by (the budget is too small to be sure)": ["b"]},
    }


def test_fixed_settings_are_those_that_matter():
    study = optimizer_study().replace(dropout=0.1, seed=3)
    assert tables.fixed(study) == {
        "dataset": "fashion_mnist",
        "train_size": "20000",
        "validation_size": "5000",
        "model": "dense",
        "dropout": "0.1",
        "batch_size": "128",
        "epochs": "10",
    }


def test_spaces_are_shared_by_the_values_that_have_the_same():
    study = Study(
        question="?",
        nuisance={"dropout": Uniform(0, 0.5)},
        scientific={
            "width": (32, 64, Level(128, fixed={"batch_size": 256}, nuisance={"l2": LogUniform(1e-6, 1e-2)}))
        },
    )
    assert tables.spaces(study) == [
        ("32, 64", ["dropout: Uniform(0, 0.5)"]),
        ("128", ["batch_size=256", "dropout: Uniform(0, 0.5)", "l2: LogUniform(1e-06, 0.01)"]),
    ]


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


@pytest.fixture(scope="module")
def written(optimizers, tmp_path_factory):
    folder = tmp_path_factory.mktemp("report") / "made" / "here"
    diagnosis = SimpleNamespace(
        verdict="overfitting", evidence=("The gap is 0.04.",), next_step="Try dropout=0.2."
    )
    return write_report(optimizers, folder, diagnoses={"adamw": diagnosis})


def test_the_folder_holds_page_figures_summary_and_trainings(written, optimizers):
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
    _, _, comparison = optimizers
    record = json.loads((written.parent / "summary.json").read_text(), parse_constant=pytest.fail)
    assert set(record) == {
        "study",
        "question",
        "answer",
        "seconds",
        "trainings",
        "warnings",
        "values",
        "exported",
    }
    assert (
        record["study"] == "optimizers"
        and record["seconds"] == 252.0
        and record["trainings"] == len(OPTIMIZERS) * TRIALS
    )
    assert record["answer"] == comparison.answer and record["warnings"] == list(comparison.warnings)
    assert [row["level"] for row in record["values"]] == [place.level for place in comparison.ranking]
    for row, place in zip(record["values"], comparison.ranking, strict=True):
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
        assert (row["metric"], row["iqm"], row["replicates"]) == ("test_loss", place.iqm, SEEDS)


def test_summary_turns_what_json_lacks_into_null_and_plain_values():
    bad = place(
        iqm=math.nan,
        ci_high=math.inf,
        best_config={"width": np.int64(3), "rate": np.float32(0.5), "x": np.nan},
    )
    record = summary(optimizer_study(), of(bad), pd.DataFrame(), name="s", seconds=1.0)
    assert record["values"][0]["iqm"] is None and record["values"][0]["ci_high"] is None
    assert json.loads(json.dumps(record, allow_nan=False))["values"][0]["best_config"] == {
        "width": 3,
        "rate": 0.5,
        "x": None,
    }


def test_the_page_loads_nothing_and_holds_the_library_once(written):
    text = written.read_text()
    page = Page(text)
    assert page.loads == [] and "@import" not in text and "iframe" not in page.tags
    assert "default-src 'none'" in text
    assert page.tags.count("script") == 2  # the library and the figures
    assert len(text) < 2_000_000


def test_the_page_says_what_was_found(written):
    text = " ".join(Page(written.read_text()).text.split())
    for part in (
        "Which optimizer reaches the lowest loss?",
        "adam cannot be told apart from it.",
        "edge of the searched range",
        "1 of 10 replicates diverged",
        "not reached",
        "Overfitting: adamw",
        "Try dropout=0.2.",
        "make study NAME=optimizers",
        "4 min 12 s",
        "git commit",
        "LogUniform(1e-05, 0.01)",
        "beats",
        "20 trials of a quasi-random",
        "learning_rate=",
    ):
        assert part in text, part


def test_user_text_is_escaped_in_page_and_figures(tmp_path):
    nasty = "</script><script>alert(1)</script><img src=x onerror=alert(2)>"
    study = optimizer_study(("sgd", "adam")).model_copy(update={"question": f"{nasty}?"})
    rng = np.random.default_rng(0)
    evidence = [
        dataclasses.replace(optimizer_evidence(case.label, case.space, rng), level=f"{case.label}{nasty}")
        for case in study.cases
    ]
    comparison = verdict(evidence, answer=nasty, warnings=(nasty,))
    diagnosis = SimpleNamespace(verdict=nasty, evidence=(nasty,), next_step=nasty)
    index = write_report(
        (study, evidence, comparison),
        tmp_path,
        facts={nasty: nasty},
        name=nasty,
        diagnoses={nasty: diagnosis},
    )
    page = Page(index.read_text())
    assert page.tags.count("script") == 2 and "img" not in page.tags and page.loads == []
    assert nasty in page.text


@pytest.fixture(scope="module")
def searched(pure_search, tmp_path_factory):
    """The folder of a pure search's report, where another one was."""
    folder = tmp_path_factory.mktemp("searched")
    (folder / "figures").mkdir()
    (folder / "figures" / "ranking.png").write_bytes(b"old")
    (folder / "summary.json").write_text("old")
    command = {"command": "make study NAME=search SET='epochs=2'"}
    write_report(pure_search, folder, name="search", importance=IMPORTANCE, facts=command)
    return folder


def test_a_pure_search_reads_without_a_ranking(searched):
    text = " ".join(Page((searched / "index.html").read_text()).text.split())
    assert "The best configuration" in text and "learning_rate mattered most" in text and "TPE" in text
    assert "Who beats whom" not in text and "For each value" not in text and "epochs to target" not in text
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
    "classification": (["share of examples whose class is right", "Class by class", "accuracy 50.00%"], r"token|\bMAE|R2"),
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
        trials=pd.DataFrame({"number": range(6), "status": "completed", "objective": rng.uniform(40, 50, 6), "dropout": 0.2}),
        space={"dropout": (0, 0.5, "linear")}, best_config={"dropout": 0.2}, scores=np.full(5, 40.0),
        tested={f"test_{name}": np.full(5, 0.5) for name in of.tested}, curves=curves, steps=np.arange(4), steps_per_epoch=1,
    )  # fmt: skip
    metric = monitor.replace("val", "test")
    comparison = compare([found], metric=metric, monitor=monitor, minimize=True, scientific=None)
    evaluation = {
        "regression": evaluated.regression(
            np.array([1.0, 10.0, 100.0]), np.array([1.0, 100.0, 10.0]), log_target=True
        ),
        "sequence_to_sequence": evaluated.sequences(
            ["A B", "C D"], {"greedy": ["A B", "C"], "beam": ["A B", "C D"]}
        ),
        "classification": evaluated.classification(np.array([0, 1]), np.array([1, 1]), ("no", "yes")),
    }[task]
    index = write_report(
        (study, [found], comparison), tmp_path, evaluation=evaluation, diagnoses={"tuned": diagnose(curves, [3] * 5)},
        meanings=meanings(task, "price (US dollars)", log_target=True),
    )  # fmt: skip
    text, (expected, alien) = " ".join(Page(index.read_text()).text.split()), TASK_REPORTS[task]
    for part in expected:
        assert part in text, part
    assert not re.search(alien, text, re.IGNORECASE)


def test_a_value_that_always_diverges_is_reported(tmp_path):
    study, rng = optimizer_study(("sgd", "adam")), np.random.default_rng(0)
    good, lost = (optimizer_evidence(case.label, case.space, rng) for case in study.cases)
    nothing = np.full((SEEDS, EPOCHS), np.nan)
    lost = dataclasses.replace(
        lost,
        trials=lost.trials.assign(status="diverged", objective=np.nan),
        scores=nothing[:, 0],
        tested={"test_accuracy": nothing[:, 0]},
        curves={"val_loss": nothing, "train_loss": nothing},
    )
    comparison = verdict([good, lost])
    places = tuple(
        dataclasses.replace(place, expected_best=place.expected_best * np.nan)
        if place.level == "adam"
        else place
        for place in comparison.ranking
    )
    comparison = dataclasses.replace(comparison, ranking=places)
    index = write_report((study, [good, lost], comparison), tmp_path)
    text = " ".join(Page(index.read_text()).text.split())
    assert "10 of 10 replicates diverged" in text
    assert (
        json.loads((tmp_path / "summary.json").read_text(), parse_constant=pytest.fail)["values"][1]["iqm"]
        is None
    )
    assert (tmp_path / "figures" / "sensitivity.png").exists()


def test_all_diverged_and_only_categories_still_give_a_page(tmp_path):
    study = Study(
        question="Which?",
        scientific={"activation": ("relu", "tanh")},
        nuisance={"batch_size": Choice(32, 64)},
    )
    nothing = {"val_loss": [[math.nan] * 2] * 3, "train_loss": [[math.nan] * 2] * 3}
    evidence = [
        item(value, [math.nan] * 3, (math.nan,) * 3, nothing, batch_size=[32, 64, 32])
        for value in ("relu", "tanh")
    ]
    places = [
        place(
            e.level,
            replicates=3,
            diverged=3,
            iqm=math.nan,
            ci_low=math.nan,
            ci_high=math.nan,
            tested={"test_accuracy": math.nan},
            expected_best=np.array([math.nan]),
            expected_best_low=np.array([math.nan]),
            expected_best_high=np.array([math.nan]),
            epochs_to_target=np.full(3, math.nan),
        )
        for e in evidence
    ]
    comparison = of(
        *places, pairs=(Pair("relu", "tanh", math.nan, math.nan, math.nan, 0.5, 0, 1, 1.0, 0.5, "same"),)
    )
    assert write_report(
        (study, evidence, dataclasses.replace(comparison, target=math.nan)), tmp_path
    ).exists()


def test_every_figure_of_an_accuracy_study_can_be_drawn(optimizers):
    study, evidence, comparison = optimizers
    turned = [
        dataclasses.replace(
            e,
            trials=e.trials.assign(objective=1 - e.trials["objective"]),
            scores=1 - e.scores,
            curves={"val_accuracy": 1 - e.curves["val_loss"], "train_accuracy": 1 - e.curves["train_loss"]},
        )
        for e in evidence
    ]
    comparison = dataclasses.replace(
        comparison, metric="test_accuracy", monitor="val_accuracy", minimize=False
    )
    drawn = {figure.name: figure for figure in figures.draw(study, turned, comparison, None)}
    assert (
        "further right is better" in drawn["ranking"].title
        and "higher the hill" in drawn["sensitivity"].title
    )
    assert '"title": "validation accuracy"' in json.dumps(drawn["sensitivity"].spec())
