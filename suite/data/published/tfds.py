"""Any set of TFDS with a class label or a numeric target, as `tfds:NAME`."""

import re

from suite.data import cache
from suite.data.dataset import Whole
from suite.data.published import sources
from suite.data.published.sources import Published

WAYS = ("prepared TFDS copy", "TFDS")


def read(name: str) -> Whole:
    """A set of TFDS: images as uint8, tables and sequences as float32, texts and dictionaries of features as
    a DataFrame.

    Train is TFDS's train split, with its validation split where that is not needed for test; test is its test
    split if that has labels, else its validation split, else a fixed fifth.

    Args:
        name: in TFDS, such as `penguins`, `glue/sst2` or `mnist:3.0.1`.

    Raises:
        ValueError: not a name.
        suite.data.cache.DataUnavailable: it could not be had, has no class label or number as its target, or
            examples of different sizes.
    """
    if not re.fullmatch(r"[a-z]\w*(/[\w.-]+)?(:\d+\.\d+\.\d+)?", name):
        raise ValueError(
            f"`dataset` expects tfds:NAME, tfds:NAME/CONFIG or tfds:NAME:VERSION. Received: 'tfds:{name}'."
        )
    what = Published(name="tfds-" + re.sub("[/:]", "-", name), sha256="", tfds=name)
    train, test, source = sources.load(what, WAYS)
    kept = cache.manifest(what.folder)
    facts = kept["facts"]
    official = "test is TFDS's test split, or its validation split where test has no labels"
    test_split = official if facts["official_test"] else "no official ones: test is a fixed fifth"
    return Whole(
        name=f"tfds:{name}", task=facts["task"], train=train, test=test, validation_size=len(train) // 6,
        class_names=tuple(facts["class_names"]), kinds=facts["kinds"], target=facts["target"], source=source,
        licence=facts["licence"], description=facts["description"] or f"{name} of TFDS",
        sha256=kept["sha256"],
        splits=f"{test_split}; train and validation are drawn by `data_seed`",
    )  # fmt: skip
