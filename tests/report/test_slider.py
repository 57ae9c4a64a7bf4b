"""A slider over trainings that were run: the numbers behind each place, and in a browser that moving draws
them."""

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from made_up import evidence_of, measured

from suite import Config, Study
from suite.analysis.figures import one_at_a_time
from suite.analysis.findings import analyse
from suite.analysis.records import Figure
from suite.report import write
from suite.report.figures import png, spec
from suite.report.page import figures_of

RATES = (0.01, 0.1, 1.0)


@pytest.fixture(scope="module")
def asked():
    """Evidence and findings of a study of three learning rates."""
    study = Study(question="Which rate?", fixed=Config(), scientific={"learning_rate": RATES})
    rng = np.random.default_rng(0)
    evidence = [
        evidence_of(str(rate), 0.1, loss, 2.0, (1e-3, 1.0), rng, {"learning_rate": rate})
        for rate, loss in zip(RATES, (0.5, 0.3, 0.9), strict=True)
    ]
    return evidence, analyse(study, "rates", measured(*evidence))


@pytest.fixture(scope="module")
def page(asked, tmp_path_factory):
    return write(asked[1], None, tmp_path_factory.mktemp("report"))


def slider_of(findings) -> Figure:
    (figure,) = (each for each in figures_of(findings) if each.kind == "slider")
    return figure


def test_each_place_of_a_curve_is_the_median_over_the_replicates_of_a_level(asked):
    evidence, findings = asked
    table = slider_of(findings).data["curves"]
    for item in evidence:
        rows = table[(table["level"] == item.level) & (table["split"] == "validation")]
        assert rows["median"].tolist() == np.median(item.curves["val_loss"], axis=0).tolist()


def test_the_places_are_the_levels_in_order_and_the_middle_one_is_drawn_first(asked):
    drawn = spec(slider_of(asked[1]))
    assert drawn["usermeta"]["places"] == [
        "learning_rate = 0.01",
        "learning_rate = 0.1",
        "learning_rate = 1.0",
    ]
    (place,) = drawn["params"]
    assert (place["value"], place["bind"]["min"], place["bind"]["max"]) == (1, 0, 2)


@pytest.mark.parametrize("kind", ["plane", "lines"])
def test_planes_and_lines_slide_too(kind):
    panels = ["width = 1", "width = 2"]
    cells = pd.DataFrame({"panel": panels, "left": 0, "right": 1, "bottom": 0, "top": 1, "value": [0.2, 0.9]})
    points = pd.DataFrame({"x": [0.5], "y": [0.5], "value": [1]})
    lines = pd.DataFrame({"panel": panels * 2, "series": "a", "x": [0, 0, 1, 1], "y": [1, 2, 3, 4]})
    data = {"plane": {"cells": cells, "points": points}, "lines": {"lines": lines}}[kind]
    options = {"x_title": "x", "y_title": "y", "panels": panels}
    slider = one_at_a_time(Figure("static", kind, "", "", data, options), "width")
    assert spec(slider)["usermeta"]["places"] == panels
    assert png(slider).startswith(b"\x89PNG")


def test_a_table_that_two_figures_draw_is_in_the_page_once(asked, page):
    slider = slider_of(asked[1])
    static = next(each for each in figures_of(asked[1]) if each.name == "training_curves")
    name = spec(slider)["data"]["name"]
    assert spec(static)["data"]["name"] == name
    assert page.read_text().count(f'"{name}": [') == 1
    assert page.stat().st_size < 3e6


def test_a_figure_may_have_more_than_five_thousand_marks_and_is_of_pixels_then(asked, browser, tmp_path):
    from selenium.webdriver.support.ui import WebDriverWait

    x = range(6_000)
    data = {"lines": pd.DataFrame({"series": "a", "x": x, "y": x})}
    long = Figure("long", "lines", "", "", data, {"x_title": "x", "y_title": "y"})
    assert len(*spec(long)["datasets"].values()) == 6_000
    browser.get(write(replace(asked[1], figure=long), None, tmp_path).as_uri())
    for figure, drawn_by in (("long", "canvas"), ("training_curves", "svg")):
        WebDriverWait(browser, 60).until(
            lambda _, at=f"#{figure} {drawn_by}": browser.find_elements("css selector", at)
        )


def test_a_key_moves_the_slider_and_the_figure_with_it(asked, browser, page):
    from selenium.webdriver.common.keys import Keys
    from selenium.webdriver.support.ui import WebDriverWait

    evidence, _ = asked
    browser.get(page.as_uri())
    figure = WebDriverWait(browser, 60).until(
        lambda _: browser.find_elements("css selector", "#training_curves_slider:has(svg)")
    )[0]
    slider = figure.find_element("css selector", "input[type=range]")
    for key, item in (("", evidence[1]), (Keys.ARROW_RIGHT, evidence[2]), (Keys.HOME, evidence[0])):
        slider.send_keys(key)
        at = f"learning_rate = {item.level}"
        WebDriverWait(browser, 60).until(lambda _, at=at: at in figure.text)
        assert slider.get_attribute("aria-valuetext") == at
        assert medians(figure) == pytest.approx(np.median(item.curves["val_loss"], axis=0), rel=1e-3)


def medians(figure) -> list[float]:
    """The validation losses that are drawn, by epoch, as a screen reader is told them."""
    script = "return [...arguments[0].querySelectorAll('[aria-label]')].map(e => e.ariaLabel).join('\\n')"
    told = re.findall(r"split: validation; median: ([\d.]+)", figure.parent.execute_script(script, figure))
    return [float(median) for median in told]
