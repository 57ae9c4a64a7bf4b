"""Trained and written models of every kind, made once."""

import pytest
import served as models


@pytest.fixture(scope="session")
def served(tmp_path_factory):
    return models.make(tmp_path_factory.mktemp("served"))
