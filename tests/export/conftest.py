"""Trained and written models of every kind, made once for all processes that run tests."""

import pytest
import served as models
from once import made_once


@pytest.fixture(scope="session")
def served(tmp_path_factory):
    return models.read(made_once(tmp_path_factory, "served", models.make))
