"""Before TensorFlow is imported anywhere: the tests compute as the processes that train do."""

import shutil
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import settings

from suite.running.pool.workers import settle

settle()
# How long an example takes says nothing on a shared machine.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Headless Chromium; where there is none, the test is skipped."""
    chromium, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if not (chromium and driver):
        pytest.skip("needs Chromium (Debian: chromium-driver)")
    from selenium.webdriver import Chrome, ChromeOptions, ChromeService

    options = ChromeOptions()
    options.binary_location = chromium
    for flag in (
        "headless=new", "no-sandbox", "disable-gpu", "disable-quic", "no-first-run",
        "disable-background-networking",
        "disable-component-update", "disable-sync", "disable-dev-shm-usage", "window-size=1600,1200",
        f"user-data-dir={tmp_path_factory.mktemp('profile')}",
    ):  # fmt: skip
        options.add_argument(f"--{flag}")
    chrome = Chrome(options, ChromeService(driver))
    yield chrome
    chrome.quit()


LONGEST = (
    "test_readme_studies.py", "test_readme.py", "test_runner.py", "test_kills.py", "test_training.py",
    "test_failures.py", "test_lost_workers.py", "test_interruptions.py", "test_saved_model.py",
    "test_cases.py", "test_full_disk.py", "test_study_phenomena.py",
    "test_notebook.py", "test_cluster.py",
)  # fmt: skip
"""Files that take minutes: they start first, so that no worker is left alone with one of them at the end."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Has the longest files first, and each report of a fault's test say which fault it is, and how often it
    strikes in the test."""
    places = {name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: places.get(item.path.name, len(places)))
    for item in items:
        if (fault := item.get_closest_marker("fault")) is not None:
            item.user_properties.append(("fault", (fault.args[0], fault.kwargs.get("tries", 1))))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Prints for `make faults` each fault, its tries, and in how many of them something was lost."""
    if config.option.markexpr != "fault":
        return
    tried, lost = Counter(), Counter()
    for outcome in ("passed", "failed", "error"):
        for report in terminalreporter.stats.get(outcome, ()):
            for name, (fault, tries) in report.user_properties:
                if name == "fault" and (report.when == "call" or outcome == "error"):
                    tried[fault] += tries
                    lost[fault] += tries * (outcome != "passed")
    terminalreporter.write_line("\n| fault | tries | tries that lost something |\n|---|---|---|")
    for fault, tries in tried.items():
        terminalreporter.write_line(f"| {fault} | {tries} | {lost[fault]} |")
