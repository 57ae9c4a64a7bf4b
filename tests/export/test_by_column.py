"""`mlflow.pyfunc` of an exported model of columns: the user's own names and types, without the suite."""

import json
import shutil
from pathlib import Path

import numpy as np
import outside
import pandas as pd
import pytest
from mlflow.exceptions import MlflowException
from mlflow.pyfunc import load_model
from served import Served

from suite.tracking.columns import columns_of
from suite.tracking.model import SavedModel, _describe


def logged(case: Served, folder: Path) -> Path:
    """As the tracker writes it."""
    folder.mkdir()
    shutil.copytree(case.folder, folder / "saved_model")
    _describe(folder, "m-0", "0", SavedModel(case.folder, "visits", {}, ("float32", (2,)), {}))
    return folder


@pytest.fixture(scope="module")
def models(served, tmp_path_factory):
    folder = tmp_path_factory.mktemp("mlflow")
    return {kind: logged(served[kind], folder / kind) for kind in ("columns", "visits", "numbers")}


def frame(case: Served) -> pd.DataFrame:
    """The test split as the user's file has it."""
    dataset = case.prepared.dataset
    return dataset.test.x[columns_of(case.folder)]


ALONE = """
import sys
import mlflow, numpy as np, pandas as pd
for folder, table in zip(sys.argv[1::2], sys.argv[2::2]):
    np.save(table + ".npy", mlflow.pyfunc.load_model(folder).predict(pd.read_parquet(table)))
"""


def test_the_test_split_by_its_own_columns_without_the_suite(models, served, tmp_path):
    arguments = []
    for kind, folder in models.items():
        frame(served[kind]).to_parquet(tmp_path / kind)
        arguments += [str(folder), str(tmp_path / kind)]
    outside.run(ALONE, *arguments)
    for kind in models:
        found = np.load(tmp_path / f"{kind}.npy")
        np.testing.assert_allclose(found, served[kind].outputs["probabilities"], atol=1e-6)


def test_the_signature_names_the_columns_as_the_user_wrote_them(models):
    names = {
        kind: load_model(str(folder)).metadata.get_input_schema().input_names()
        for kind, folder in models.items()
    }
    assert names["columns"] == ["age (years)", "class", "Inputs", "inputs"]
    assert names["visits"] == ["1st visit", "class", "나이"]
    assert names["numbers"] == ["나이", "length (cm)"]


def test_types_and_order_of_columns_do_not_matter(models):
    """Whole numbers, float64, objects; NA, None and NaN for what is missing; dates as texts or timestamps."""
    predict = load_model(str(models["visits"])).predict
    days = ["31/01/2023 05:00", "12/06/2023 17:30", None]
    table = pd.DataFrame(
        {"1st visit": days, "class": ["first", None, "größte"], "나이": [31.0, 40.0, np.nan]}
    )
    expected = predict(table)
    assert expected.shape == (3, 2) and len(np.unique(expected[:, 0])) == 3
    moments = pd.to_datetime(table["1st visit"], dayfirst=True)
    for changed in (
        table[["나이", "class", "1st visit"]],
        table.assign(나이=pd.array([31, 40, None], "Int64")),
        table.assign(나이=np.array([31, 40, None], object)),
        table.assign(나이=pd.array([31, 40, None], "Float32"), another="column"),
        table.assign(**{"class": pd.Categorical(table["class"])}),
        table.assign(**{"class": ["  first ", "n/a", "größte"]}),
        table.assign(**{"1st visit": moments}),
    ):
        np.testing.assert_allclose(predict(changed), expected, atol=1e-6)
    whole = table[:2].assign(나이=[31, 40])
    assert whole["나이"].dtype == np.int64
    np.testing.assert_allclose(predict(whole), expected[:2], atol=1e-6)


def test_what_is_no_such_column_is_refused(models):
    predict = load_model(str(models["numbers"])).predict
    with pytest.raises(MlflowException, match="missing inputs"):
        predict(pd.DataFrame({"나이": [1]}))
    with pytest.raises(ValueError, match=r"expects numbers in column '나이'\. Received: .*old"):
        predict(pd.DataFrame({"나이": ["old"], "length (cm)": [1]}))


def test_an_array_has_no_columns(served):
    assert columns_of(served["images"].folder) == []
    assert (
        json.loads((served["images"].folder / "assets" / "inputs.json").read_text())["inputs"]["column"]
        is None
    )
