"""Before TensorFlow is imported anywhere: the tests compute as the processes that train do."""

from pathlib import Path

import pytest
from hypothesis import settings

from suite.running.workers import settle

settle()
# How long an example takes says nothing on a shared machine.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

LONGEST = (
    "test_readme.py", "test_runner.py", "test_kills.py", "test_training.py", "test_failures.py",
    "test_interruptions.py", "test_saved_model.py", "test_cases.py", "test_full_disk.py",
    "test_study_phenomena.py", "test_notebook.py",
)  # fmt: skip
"""Files that take minutes: they start first, so that no worker is left alone with one of them at the end."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    places = {name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: places.get(Path(item.path).name, len(places)))
