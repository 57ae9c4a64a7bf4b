"""The benchmark's models, sums and tables; nothing is timed here."""

import importlib.util
import json
import math
import subprocess
import sys

import keras
import pytest
from rich.console import Console

from suite.bench import conducting, engines, lenet5, machine, scale
from suite.bench.rows import ROWS, Row, Timing
from suite.bench.study import BATCH_SIZES, STUDY, TRIALS
from suite.bench.table import (
    Measured,
    Studies,
    ratios_table,
    record,
    shortfalls,
    show,
    steps_table,
    study_table,
)
from suite.bench.whole import Whole
from suite.training.build import build_model
from suite.training.load import prepared

IDS = [f"{row.name}, {row.batch_size}, {row.steps}" for row in ROWS]
LSTM_SECOND_BIAS = 4 * 64


def keras_model(row: Row) -> keras.Model:
    return build_model(row.config, prepared(row.config))


@pytest.fixture(scope="module")
def torch_parameters() -> list[int]:
    """Of every row. In a process of its own, for PyTorch and TensorFlow do not share one."""
    if importlib.util.find_spec("torch") is None:
        pytest.skip("PyTorch is not installed")
    code = (
        "import json, torch; from suite.bench.rows import ROWS; from suite.bench.torch_models import build\n"
        "models = [build(row) for row in ROWS]; x = torch.zeros(3, 28, 28)\n"
        "assert all(model(x).shape == (3, 10) for model in models)\n"
        "print(json.dumps([sum(p.numel() for p in model.parameters()) for model in models]))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


@pytest.mark.parametrize("number", range(len(ROWS)), ids=IDS)
def test_pytorch_trains_as_many_parameters(number, torch_parameters):
    extra = LSTM_SECOND_BIAS if ROWS[number].settings.get("cell") == "lstm" else 0
    assert torch_parameters[number] == keras_model(ROWS[number]).count_params() + extra


def multiply_accumulates(layer: keras.layers.Layer) -> int:
    """Of one example, from the shapes of a built layer's kernels and outputs."""
    kernels = sum(math.prod(v.shape) for v in layer.trainable_variables if "kernel" in v.path)
    if isinstance(layer, keras.layers.MultiHeadAttention):
        time, width = layer.output.shape[1:]
        return time * kernels + 2 * time**2 * width
    if isinstance(layer, (keras.layers.LSTM, keras.layers.GRU)):
        return layer.input.shape[1] * kernels
    return kernels * math.prod(layer.output.shape[1:-1])


@pytest.mark.parametrize("row", ROWS, ids=IDS)
def test_multiply_accumulates_are_those_of_the_layers(row):
    assert row.multiply_accumulates == sum(map(multiply_accumulates, keras_model(row).layers))


@pytest.mark.parametrize("row", ROWS, ids=IDS)
def test_the_layer_on_the_inputs_takes_no_gradient_by_them(row):
    first = next(layer for layer in keras_model(row).layers if layer.trainable_variables)
    by_inputs = next(v for v in first.trainable_variables if "kernel" in v.path)
    places = (
        28 * 28
        if row.name == "LeNet-5"
        else 28
        if len(first.output.shape) == 3 or "cell" in row.settings
        else 1
    )
    assert row.of_inputs == places * math.prod(by_inputs.shape)
    assert row.flop == row.batch_size * (6 * row.multiply_accumulates - 2 * row.of_inputs)


def test_lenet5_has_the_published_sizes():
    model = lenet5.build(input_shape=(28, 28), num_outputs=10)
    assert [math.prod(v.shape) for v in model.trainable_variables if "kernel" in v.path] == [
        150,
        2400,
        48000,
        10080,
        840,
    ]


def test_a_pass_over_the_images_is_whole_batches():
    for row in ROWS:
        x, y = engines.float_images(row)
        assert x.shape == (row.steps * row.batch_size, 28, 28) and y.shape == (len(x),)
        assert abs(x.mean()) < 1e-3 and abs(x.std() - 1) < 1e-3


TIMING = Timing(
    Row(
        "Toy",
        50,
        {},
        1_000,
        0,
        floor=6.0,
        stacked_floor=9.0,
        beats_torch=True,
        profile="All of it is waiting.",
    ),
    {"fit": 1_000.0, "torch": 150.0, "ours": 200.0, "stacked": 100.0},
    {"fit": [900.0, 1_000.0, 1_100.0]},
)


@pytest.mark.parametrize(
    ("slower", "faster", "ratio"),
    [("fit", "ours", 5.0), ("fit", "stacked", 10.0), ("torch", "ours", 0.75), ("jax", "ours", None)],
)
def test_ratio(slower, faster, ratio):
    assert TIMING.ratio(slower, faster) == ratio


def test_share_of_the_peak():
    assert TIMING.row.flop == 300_000  # 6 x 1,000 x 50
    assert TIMING.share("ours", peak=3.0) == pytest.approx(0.5)  # 300,000 in 200 us are 1.5 GFLOP/s


def test_shortfalls_name_what_is_below_its_floor():
    assert TIMING.shortfalls() == ["5.00x of fit, floor 6x", "0.75x of PyTorch, floor 1x"]


def whole(trials_seconds: float, seconds: float, foreign: float = 0.0) -> Whole:
    return Whole(trials_seconds, seconds, 1_000.0, foreign, {})


STUDIES = Studies(
    ours=whole(20.0, 40.0),
    usual=whole(165.0, 170.0),
    tracked=[whole(10.0, 20.0), whole(30.0, 44.0), whole(20.0, 40.0, foreign=0.3)],
    untracked=[whole(9.0, 38.0), whole(9.0, 36.0), whole(9.0, 10.0)],
)


def test_studies_compare_medians():
    assert STUDIES.ratio == pytest.approx(165 / 20)
    assert STUDIES.whole_ratio == pytest.approx(165 / 40)
    assert STUDIES.tracking == pytest.approx(36 / 40)
    assert shortfalls([], STUDIES) == ["Below its floor: tracking, 90% of 95%"]


def test_a_slow_study_is_told():
    studies = Studies(whole(30.0, 40.0), whole(165.0, 170.0), [whole(9.0, 10.0)], [whole(9.0, 10.0)])
    assert shortfalls([], studies) == ["Below its floor: the study, 5.5x of 8x"]


def test_both_ways_search_the_same_space():
    assert STUDY.budget == TRIALS == 48 and STUDY.fixed.train_size == 10_000 and STUDY.fixed.epochs == 5
    assert STUDY.nuisance["batch_size"].options == BATCH_SIZES == (32, 64, 128)


def test_the_record_is_json_with_all_figures():
    text = json.dumps(record(Measured([TIMING], 3.0, STUDIES, {"list": 0.4}), {"cores": "2"}))
    read = json.loads(text)
    (row,) = read["rows"]
    assert row["microseconds"]["fit"] == 1_000.0 and row["rounds"]["fit"] == [900.0, 1_000.0, 1_100.0]
    assert (
        row["fit_to_ours"] == 5.0
        and row["torch_to_ours"] == 0.75
        and row["share_of_peak"]["ours"] == pytest.approx(0.5)
    )
    assert read["study"]["ratio"] == pytest.approx(8.25)
    assert read["machine"] == {"cores": "2"} and read["empty_start_seconds"] == {"list": 0.4}


def test_the_tables_show_figures_floors_and_what_is_slow():
    console = Console(record=True, width=240)
    show(console, Measured([TIMING], 10.0, STUDIES, {"list": 0.4}))
    text = console.export_text()
    for expected in ("5.0x (6x)", "10.0x (9x)", "0.8x (1x)", "165.0 s", "30%", "8.2x", "0.40 s"):
        assert expected in text
    assert "Toy, 50: All of it is waiting." in text  # 1.5 of 10 GFLOP/s are below 40%
    assert "Below its floor: Toy, batch 50: 0.75x of PyTorch, floor 1x" in text


def test_the_tables_fit_80_columns():
    """Every row on a line of its own, whole: also names, times and loads as long as they come."""
    timings = [
        Timing(row, {"fit": 43_264.2, "torch": 26_396.3, "ours": 17_954.0, "stacked": 10_996.4}, {}, {}, 0.25)
        for row in ROWS
    ]
    console = Console(record=True, width=80)
    for table in (steps_table(timings, 300.0), ratios_table(timings), study_table(STUDIES)):
        with console.capture() as capture:
            console.print(table)
        lines = capture.get().splitlines()
        assert len(lines) == 2 + table.row_count  # a title and the heads
        assert "…" not in capture.get()


def test_a_study_that_was_not_run_is_null_and_not_shown():
    measured = Measured([TIMING], 10.0, None, {"list": 0.4})
    assert json.loads(json.dumps(record(measured, {})))["study"] is None
    console = Console(record=True, width=80)
    show(console, measured)
    assert "trials done" not in console.export_text()


def test_the_short_run_has_some_of_the_rows():
    assert {row.settings["model"] for row in ROWS if row.part} == {"dense", "rnn"} and not all(
        row.part for row in ROWS
    )


def test_every_row_says_where_its_time_goes():
    assert all(row.profile for row in ROWS)


def test_machine_facts_and_foreign_load():
    assert {"cores", "processor", "torch", "tensorflow", "keras"} <= machine.facts().keys()
    assert 0 <= machine.ForeignLoad().share() <= 1


@pytest.mark.long
def test_what_trials_cost_is_measured():
    """Two processes train four tiny networks: the second finds the study finished."""
    measured = scale.measure(4)
    assert measured.trials == 4 and 0 < measured.seconds <= measured.whole and measured.again < measured.whole
    assert min(measured.conducting, measured.worker, *measured.memory, *measured.sizes.values()) > 0


def test_workers_that_only_wait_are_kept_busy(monkeypatch, capsys):
    """48 trainings of 10 ms are six stacks of eight: two stacks of 80 ms for each of three workers."""
    monkeypatch.setattr(conducting, "BUSY", 0.16)
    found = conducting.conduct(3, 48)
    assert (found.workers, found.trainings) == (3, 48)
    assert found.waited == pytest.approx(0.01) and found.least == pytest.approx(0.16)
    assert found.seconds >= found.least and found.conducting > 0
    Console(width=120).print(conducting.table([found]))
    assert "What conducting 48 trainings costs" in capsys.readouterr().out


def test_a_trial_costs_what_it_adds(capsys):
    """10 ms a trial for 10 trials, and 2 s more for 1,000 more: 2 ms each."""
    sizes = dict.fromkeys(("mlflow.db", "optuna.db", "studies", "reports"), 1.0)
    small = scale.Scale(10, 1.0, 2.0, 0.1, (300.0, 310.0), 500.0, sizes, 0.01)
    large = scale.Scale(1_010, 5.0, 6.0, 2.1, (310.0, 312.0), 500.0, {name: 1.5 for name in sizes}, 0.02)
    Console(width=100).print(scale.table([small, large]))
    rows = [
        [cell.strip() for cell in line.strip("│ ").split("│")]
        for line in capsys.readouterr().out.splitlines()
    ]
    assert ["a trial, ms of the process that conducts", "10.0", "2.0"] in rows
    assert ["a trial in mlflow.db, KiB", "102.4", "0.5"] in rows
    assert ["report, MiB", "1.0", "1.5"] in rows
