"""The catalog: which studies there are, what a broken file says, and what results go by."""

import re

import pytest

from suite import Study
from suite.study import catalog


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("STUDY = Study(question='?'", r"broken.py, line 1: .*never closed"),
        ("STUDY = 3", "expects STUDY = Study"),
        ("x = 1", "Received: NoneType"),
        (
            "from suite import Study\nSTUDY = Study(question='?', scientific={'width': (8, 16)}, budget=0)",
            "`budget`: .*Received: budget=0",
        ),
        ("from suite import LogUniform\nLogUniform(1, 0.1)", "low < high"),
        ("import nosuchpackage", "ModuleNotFoundError: No module named 'nosuchpackage'"),
    ],
)
def test_a_broken_study_file_is_explained_in_one_line(tmp_path, text, message):
    path = tmp_path / "broken.py"
    path.write_text(text)
    with pytest.raises(ValueError, match=message) as error:
        catalog.find(str(path))
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("name", ["../x", "a/b", "", "..", "x y", "nosuch", "nosuch.py"])
def test_names_that_are_no_study(name):
    with pytest.raises(ValueError, match="`NAME`"):
        catalog.find(name)


@pytest.mark.parametrize(
    ("settings", "name"),
    [
        ({}, "search"),
        ({"epochs": "3"}, "search-epochs=3"),
        ({"epochs": "8", "budget": "7"}, "search-budget=7"),
        ({"model": "conv", "budget": "7"}, "search-budget=7-model=conv"),
        ({"pruner": None}, "search-pruner=null"),
        ({"time_limit": "600", "memory_limit": "4"}, "search"),
        ({"dataset": "fashion_mnist"}, "search"),
        ({"dataset": "iris", "epochs": "40"}, "search-iris"),
        ({"dataset": "iris", "epochs": "3"}, "search-iris-epochs=3"),
    ],
)
def test_results_of_other_settings_have_a_name_of_their_own(settings, name):
    found, study = catalog.changed("search", settings)
    assert found == name
    assert study == catalog.find("search")[1].replace(**settings)


@pytest.mark.parametrize(
    ("settings", "pattern"),
    [
        ({"dataset": "tfds:some_set", "model": "conv"}, "search-tfds_some_set-[0-9a-f]{6}-model=conv"),
        ({"weight_decay": "0.01"}, "search-weight_decay=0_01-[0-9a-f]{6}"),
        ({"dataset": "data/homes.csv", "target": "price"}, "search-homes-[0-9a-f]{6}"),
        ({"dataset": "flowers/all@64x48", "width": "9"}, "search-all_64x48-[0-9a-f]{6}-width=9"),
        (
            {"dataset": "/" + "집값" * 50 + "/" + "집값" * 50 + ".csv", "target": "값"},
            "search-(집값)+집?-[0-9a-f]{6}",
        ),
        ({"model": "nets/mine.py", "activation": "relu"}, "search-activation=relu-model=mine-[0-9a-f]{6}"),
    ],
)
def test_names_that_come_from_a_user_are_safe(settings, pattern):
    name, _ = catalog.changed("search", settings)
    assert re.fullmatch(pattern, name)
    assert len(name.encode()) <= 80


def test_what_is_told_apart_has_names_of_its_own(tmp_path):
    """Two files of one name, two targets of one file; the same file by another path is the same."""

    def name(dataset: str, target: str) -> str:
        return catalog.changed("search", {"dataset": dataset, "target": target})[0]

    names = {name(f"/{folder}/homes.csv", target) for folder in "ab" for target in ("price", "rooms")}
    assert len(names) == 4
    assert name("/a/homes.csv", "price") == name("/b/../a/homes.csv", "price")
    settings = {f"l{i}": f"{i}e-3" for i in (1, 2)}
    long = [catalog.changed("search", {**settings, "max_tokens": text})[0] for text in ("9" * 50, "9" * 49)]
    assert len(set(long)) == 2
    assert all(len(text.encode()) <= 80 for text in long)


def test_a_study_without_a_file_is_called_by_its_question():
    def study(question: str) -> Study:
        return Study(question=question, scientific={"width": (8, 16)})

    questions = ["Does dropout help a large network?", "Does dropout help a large team?", "왜?"]
    names = [catalog.named(study(question))[0] for question in questions]
    assert re.fullmatch("does-dropout-help-a-large-[0-9a-f]{6}", names[0])
    assert re.fullmatch("왜-[0-9a-f]{6}", names[2])
    assert len(set(names)) == 3
    assert catalog.named(study("?"), "mine") == ("mine", study("?"))
    assert re.fullmatch("my_own-[0-9a-f]{6}", catalog.named(study("?"), "my/own")[0])


def test_study_files_of_one_name_in_two_folders_stay_apart(tmp_path):
    text = "from suite import Study\nSTUDY = Study(question='?', scientific={'width': (8, 16)})"
    paths = [tmp_path / folder / "my study, 2.py" for folder in ("a", "b")]
    for path in paths:
        path.parent.mkdir()
        path.write_text(text)
    names = [catalog.find(str(path))[0] for path in paths]
    assert all(re.fullmatch("my_study_2-[0-9a-f]{6}", name) for name in names)
    assert len(set(names)) == 2
    inside = catalog.STUDIES / "search.py"
    assert catalog.find(str(inside))[0] == "search"


def test_a_studys_own_files_are_looked_for_beside_it_too(tmp_path, monkeypatch):
    folder = tmp_path / "project"
    folder.mkdir()
    for name in ("one.py", "two.py"):
        (folder / name).write_text("def build(*, input_shape, num_outputs): ...")
    (folder / "houses.csv").write_text("area,price\n1,2\n")
    (folder / "study.py").write_text(
        "from suite import Config, Level, Study\n"
        "STUDY = Study(question='?', fixed=Config(dataset='houses.csv', target='price'),\n"
        "    scientific={'model': ('dense', 'one.py', Level('two.py'))})\n"
    )
    monkeypatch.chdir(tmp_path)
    study = catalog.find("project/study.py")[1]
    assert study.fixed.dataset == "project/houses.csv"
    assert study.levels == {"model": ["dense", "project/one.py", "project/two.py"]}
    monkeypatch.chdir(folder)  # what is here goes before what is beside
    assert catalog.find("study.py")[1].levels == {"model": ["dense", "one.py", "two.py"]}
    (folder / "two.py").unlink()
    with pytest.raises(ValueError, match=r"`model` expects the path of a file\. Received: 'two\.py'"):
        catalog.find("study.py")
