"""Writes a TFDS set as files that `formats.read_tfds` reads. A program of its own, so that a download that
hangs can be killed.

- `tfds_source.py probe NAME`: is there such a set, and is the download host there?
- `tfds_source.py prepared NAME OUT`: from a copy that TFDS prepared before.
- `tfds_source.py download NAME OUT`: downloads and prepares below OUT first.
"""

import json
import sys
from pathlib import Path
from typing import Any

FACTS = "facts.json"
TFDS = "https://storage.googleapis.com/tfds-data/"
CATEGORIES = 100  # a column of texts with more different ones is read as text


def probe(name: str) -> None:
    """Asks each download host for the head of one file; exits with a message if one does not answer.

    Of a set whose files TFDS does not list, it asks TFDS's own host, which may answer anything: a download
    tries for minutes where there is no network.
    """
    from urllib.parse import urlsplit

    import requests

    urls = find(name).url_infos
    for host, url in {urlsplit(url).netloc: url for url in urls or (TFDS,)}.items():
        try:
            answer = requests.get(url, stream=True, timeout=5)
            if urls:
                answer.raise_for_status()
        except requests.RequestException as error:
            sys.exit(f"{host} cannot be reached ({type(error).__name__})")


def find(name: str, data_dir: Path | None = None) -> Any:
    """The builder of a set; exits with a message if there is none."""
    import tensorflow_datasets as tfds

    try:
        return tfds.builder(name, data_dir=data_dir)
    except (tfds.core.DatasetNotFoundError, ValueError) as error:
        sys.exit(f"TFDS has no set {name!r}: {str(error).splitlines()[0]}")


def export(name: str, out: Path, *, download: bool) -> None:
    """Writes {train,test}_x.npy or .parquet, {train,test}_y.npy and facts into `out`."""
    import numpy as np

    builder = find(name, out / "tfds" if download else None)
    if download:
        builder.download_and_prepare()
    elif not builder.is_prepared():
        sys.exit(f"no prepared copy in {builder.data_dir}")
    keys = builder.info.supervised_keys
    if not keys or len(keys) != 2 or not isinstance(keys[1], str):
        sys.exit(
            f"{name} has no class label or numeric target of its own (its features:"
            f" {', '.join(builder.info.features)})"
        )
    facts = target_facts(builder.info.features[keys[1]], keys[1])
    parts = labelled_parts(builder, keys, facts["task"])
    for split, (x, y) in parts.items():
        facts["kinds"] = write_examples(out / f"{split}_x", x) or {}
        np.save(out / f"{split}_y.npy", y, allow_pickle=False)
    facts |= {
        "description": " ".join((builder.info.description or "").split()),
        "licence": builder.info.redistribution_info.license or "not stated by TFDS",
        "official_test": "test" in parts,
    }
    (out / FACTS).write_text(json.dumps(facts))


def target_facts(feature: Any, key: str) -> dict[str, Any]:
    """The task and what belongs to it; exits with a message if the target is neither a class nor one
    number."""
    import numpy as np
    import tensorflow_datasets as tfds

    if isinstance(feature, tfds.features.ClassLabel):
        names = feature.names or [str(index) for index in range(feature.num_classes or 0)]
        if names:
            return {"task": "classification", "class_names": names, "target": ""}
    elif feature.shape == () and np.dtype(feature.np_dtype).kind in "biuf":
        return {"task": "regression", "class_names": [], "target": key}
    sys.exit(f"the target {key!r} must be a class label or one number, and is {feature!r}")


def labelled_parts(builder: Any, keys: tuple, task: str) -> dict[str, tuple[Any, Any]]:
    """`train`, and `test` if there is one: the validation split serves where the test split has no labels."""
    import numpy as np

    parts = {}
    for split in ("train", "validation", "test"):
        if split in builder.info.splits:
            x, y = read(builder, split, keys)
            if task == "regression" or y.min() >= 0:  # -1: the labels are held back
                parts[split] = (x, y)
    if "train" not in parts:
        sys.exit(f"there must be a labelled split 'train'; there are: {', '.join(builder.info.splits)}")
    more = parts.pop("validation", None)
    if more and "test" not in parts:
        parts["test"] = more
    elif more:
        (x, y), (more_x, more_y) = parts["train"], more
        joined = {name: np.concatenate([x[name], more_x[name]]) for name in x}
        parts["train"] = joined, np.concatenate([y, more_y])
    return {split: (columns(x, builder.info.features, keys[0]), y) for split, (x, y) in parts.items()}


def read(builder: Any, split: str, keys: tuple) -> tuple[dict[str, Any], Any]:
    """All examples of a split: arrays by feature (the only one is called ""), and targets."""
    import numpy as np
    import tensorflow as tf
    import tensorflow_datasets as tfds

    batches = []
    try:
        for x, y in tfds.as_numpy(builder.as_dataset(split=split, as_supervised=True).batch(1000)):
            batches.append((x if isinstance(x, dict) else {"": x}, y))
    except tf.errors.InvalidArgumentError:  # of the batching
        sys.exit(
            f"the examples of {split} have different sizes; export them and give their folder as `dataset`"
        )
    arrays = {name: np.concatenate([x[name] for x, _ in batches]) for name in batches[0][0]}
    y = np.concatenate([y for _, y in batches])
    return arrays, y.astype(
        np.float32 if y.dtype.kind in "bf" or not is_class(builder, keys[1]) else np.int32
    )


def is_class(builder: Any, key: str) -> bool:
    """Tells whether a feature is a class label."""
    import tensorflow_datasets as tfds

    return isinstance(builder.info.features[key], tfds.features.ClassLabel)


def columns(x: dict[str, Any], features: Any, key: Any) -> Any:
    """An array of images or numbers, or a dict of columns: numbers, and lists of texts in place of bytes and
    class labels."""
    import numpy as np
    import tensorflow_datasets as tfds

    if set(x) == {""} and x[""].dtype != object:
        array = x[""]
        if array.ndim == 1:
            return {str(key): array.astype(np.float32)}
        return array if array.dtype == np.uint8 and array.ndim in (3, 4) else array.astype(np.float32)
    if set(x) == {""}:
        return {"text": [text.decode("utf-8", "replace") for text in x[""]]}
    found = {}
    for name, array in x.items():
        feature = features[key][name] if isinstance(key, str) else features[key[name]]
        if array.ndim != 1:
            sys.exit(f"the column {name!r} must hold one value a row, and holds {array.shape[1:]}")
        if isinstance(feature, tfds.features.ClassLabel):
            found[name] = [feature.int2str(int(index)) if index >= 0 else None for index in array]
        elif array.dtype == object:
            found[name] = [text.decode("utf-8", "replace") for text in array]
        else:
            found[name] = array.astype(np.float32)
    return found


def write_examples(path: Path, x: Any) -> dict[str, str] | None:
    """Writes an array as .npy, columns as .parquet; returns the kinds of columns."""
    import numpy as np
    import pandas as pd

    if isinstance(x, np.ndarray):
        np.save(path.with_suffix(".npy"), x, allow_pickle=False)
        return None
    numeric = {name for name, values in x.items() if isinstance(values, np.ndarray)}
    frame = pd.DataFrame(
        {name: pd.Series(values, dtype=None if name in numeric else "str") for name, values in x.items()}
    )
    frame.to_parquet(path.with_suffix(".parquet"))
    if list(frame) == ["text"]:
        return {"text": "text"}
    few = frame.nunique() <= CATEGORIES
    return {name: "numeric" if name in numeric else "categorical" if few[name] else "text" for name in frame}


if __name__ == "__main__":
    action, name, *out = sys.argv[1:]
    if action == "probe":
        probe(name)
    else:
        export(name, Path(*out), download=action == "download")
