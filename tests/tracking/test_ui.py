"""`suite ui` in a real browser: pages show parent and children, and overlay their curves."""

import json
import os
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request

import numpy as np
import pytest
from mlflow import MlflowClient
from tracked import findings, free_port

from suite import Config, LogUniform, Study
from suite.tasks import TASKS
from suite.tracking import Tracker, tracking_uri, ui_addresses, ui_command
from suite.training.result import Result

STUDY = Study(
    question="Does Adam beat SGD on digits?",
    fixed=Config(dataset="digits", epochs=5),
    scientific={"optimizer": ("sgd", "adam")},
    nuisance={"learning_rate": LogUniform(1e-4, 1.0)},
)


def losses(rate, seed):
    return np.exp(-rate * np.arange(1, 6)) + 0.02 * seed


def training(optimizer, rate, seed):
    curve = losses(rate, seed)
    return Result(
        config=STUDY.fixed.replace(optimizer=optimizer, learning_rate=rate, seed=seed), status="completed",
        curves=dict.fromkeys(TASKS["classification"].curves, curve), steps=np.arange(1, 6), best=4,
        test={"test_loss": float(curve[-1])}, seconds=0.5, program={"engine": "compiled"},
    )  # fmt: skip


@pytest.fixture(scope="module")
def address(browser, tmp_path_factory):
    """The address of a server over a store that holds one study."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SUITE_HOME", str(tmp_path_factory.mktemp("home")))
        patch.delenv("MLFLOW_TRACKING_URI", raising=False)
        with Tracker(STUDY, "optimizers") as tracker:
            for number in range(2):
                tracker.log("trial", "sgd", number, training("sgd", 0.2, number))
                tracker.log("trial", "adam", number, training("adam", 0.5, number))
                tracker.log("replicate", "sgd", number, training("sgd", 0.2, 10 + number))
                tracker.log("replicate", "adam", number, training("adam", 0.5, 10 + number))
            tracker.log_dataset(
                "digits", "ab" * 32, "scikit-learn", {"train": 1078, "validation": 359, "test": 360}
            )
            tracker.finish(tmp_path_factory.mktemp("report"), findings())
        port = free_port()
        said = tmp_path_factory.mktemp("server") / "log"
        with said.open("w") as log:
            server = subprocess.Popen(ui_command(port), start_new_session=True, stdout=log, stderr=log)
        try:
            yield _when_up(f"http://127.0.0.1:{port}", server, said)
        finally:
            os.killpg(server.pid, 15)
            server.wait(30)


def _when_up(address, server, said, seconds=120):
    for _ in range(seconds):
        if server.poll() is not None:
            pytest.fail(f"the server ended: {said.read_text()}")
        try:
            urllib.request.urlopen(f"{address}/health", timeout=5)
            return address
        except OSError:
            time.sleep(1)
    pytest.fail(f"the server did not answer within {seconds} s")


@pytest.fixture
def page(browser, address, tmp_path):
    """Opens a path of the server or follows a link, waits for texts, and leaves a picture behind."""
    from selenium.webdriver.support.ui import WebDriverWait

    def said():
        return " ".join(browser.find_element("tag name", "body").text.split())

    def shown(go, *texts):
        browser.get(f"{address}/#{go}") if isinstance(go, str) else go.click()
        try:
            WebDriverWait(browser, 60).until(lambda _: all(text in said() for text in texts))
        finally:
            browser.save_screenshot(str(tmp_path / "page.png"))
        return browser

    return shown


@pytest.fixture
def runs(address):
    """The id of the experiment, and run name -> run id."""
    from mlflow import MlflowClient

    client = MlflowClient(tracking_uri())
    experiment = client.get_experiment_by_name("optimizers").experiment_id
    return experiment, {run.info.run_name: run.info.run_id for run in client.search_runs([experiment])}


def test_the_server_answers_to_no_other_host(address):
    request = urllib.request.Request(address, headers={"Host": "10.evil.example"})
    with pytest.raises(urllib.error.HTTPError, match="403"):
        urllib.request.urlopen(request, timeout=10)


def test_the_address_of_a_study_shows_the_parent_and_opens_to_its_children(page, address, runs):
    ((name, pages),) = ui_addresses(int(address.rpartition(":")[2])).items()
    assert name == "optimizers"
    shown = page(
        pages.runs.removeprefix(f"{address}/#"), "optimizers", "9 matching runs", "digits (", "Model registry"
    )
    page(shown.find_element("css selector", ".ag-row button"), *runs[1])


def test_the_charts_of_a_parent_are_one_group(page, address):
    (pages,) = ui_addresses(int(address.rpartition(":")[2])).values()
    page(
        f"{pages.runs.removeprefix(f'{address}/#')}&compareRunsMode=CHART", "test_loss (2)", "Model metrics ("
    )


def test_the_address_of_the_curves_overlays_those_of_the_winners_replicates(page, address):
    (pages,) = ui_addresses(int(address.rpartition(":")[2])).values()
    named = [f"adam replicate 0{number}" for number in range(2)]
    shown = page(
        pages.curves.removeprefix(f"{address}/#"), "Model registry", *(f"{name} (val_loss)" for name in named)
    )
    assert "sgd" not in shown.find_element("tag name", "body").text
    check_curves(shown, dict(zip(named, (losses(0.5, 10), losses(0.5, 11)), strict=True)))


def test_the_compare_page_overlays_the_validation_loss_of_the_children(page, runs):
    experiment, named = runs
    children = {name: run_id for name, run_id in named.items() if "trial" in name}
    query = {"runs": json.dumps(list(children.values())), "experiments": json.dumps([experiment])}
    compared = page(f"/compare-runs?{urllib.parse.urlencode(query)}", *children, "val_accuracy")
    link = compared.find_element("xpath", "//a[text()='val_loss']")
    compared.execute_script("arguments[0].scrollIntoView({block: 'center'})", link)
    page(link, "Completed Runs", *(f"{name} (val_loss)" for name in children))
    rates = {"sgd": 0.2, "adam": 0.5}
    check_curves(compared, {name: losses(rates[name.split()[0]], int(name.split()[2])) for name in children})


def check_curves(shown, expected):
    """The lines of the chart, over the steps."""
    drawn = shown.execute_script(
        "return document.querySelector('.js-plotly-plot').data.map(t => [t.name, t.x, t.y])"
    )
    curves = {name: (x, y) for name, x, y in drawn}  # MLflow draws each of them twice
    assert curves.keys() == expected.keys()
    for name, (x, y) in curves.items():
        assert x == [1, 2, 3, 4, 5]
        np.testing.assert_allclose(y, expected[name])


def test_the_addresses_of_studies_without_an_answer(store):
    assert ui_addresses() == {}
    MlflowClient(tracking_uri()).create_experiment("of somebody else")
    with Tracker(STUDY, "optimizers") as tracker:
        tracker.log("trial", "adam", 0, training("adam", 0.5, 0))
    (pages,) = ui_addresses().values()
    assert pages.runs.startswith("http://127.0.0.1:5000/#/experiments/")
    assert pages.curves is None
