"""Tiny sets of TFDS, prepared on disk by TFDS itself: `tiny_tfds.prepare(folder)`."""

from pathlib import Path

import numpy as np


def prepare(folder: Path) -> None:
    """Prepares SETS below `folder`, as `tfds build` does."""
    import tensorflow_datasets as tfds

    class Tiny(tfds.core.GeneratorBasedBuilder, skip_registration=True):
        VERSION = tfds.core.Version("1.0.0")

        def _info(self):
            features, keys, _ = sets[self.name]
            described = {"description": f"The set {self.name}.", "supervised_keys": keys}
            return tfds.core.DatasetInfo(
                builder=self, features=tfds.features.FeaturesDict(features), **described
            )

        def _split_generators(self, _):
            return {split: enumerate(examples) for split, examples in sets[self.name][2].items()}

        def _generate_examples(self):
            raise NotImplementedError

    sets = _sets(tfds.features)
    for name in sets:
        Tiny.name = name
        Tiny(data_dir=folder).download_and_prepare()


def _sets(features) -> dict[str, tuple]:
    """Name -> features, keys of input and target, split -> examples."""
    label = features.ClassLabel(names=["cat", "dog"])
    pictures = [{"image": np.full((4, 5, 3), i, np.uint8), "label": i % 2} for i in range(16)]
    reviews = [{"text": f"Größe {i}", "label": i % 2} for i in range(12)]
    held_back = [{"text": "?", "label": -1}] * 2
    column = {
        "age": np.float32,
        "port": features.ClassLabel(names=["Cork", "Brest"]),
        "cabin": features.Text(),
    }
    people = [
        {"features": {"age": i / 2, "port": i % 3 - 1, "cabin": f"C{i % 4}"}, "fare": np.float32(10 * i)}
        for i in range(10)
    ]
    vectors = [{"x": np.float32([i, -i, 0]), "y": i % 2} for i in range(10)]
    series = [{"x": np.full((4, 2), i, np.float32), "label": i % 2} for i in range(10)]
    sizes = [{"image": np.zeros((4 + i % 2, 5, 1), np.uint8), "label": i % 2} for i in range(4)]
    return {
        "pictures": (
            {"image": features.Image(shape=(4, 5, 3)), "label": label},
            ("image", "label"),
            {"train": pictures[:8], "validation": pictures[8:12], "test": pictures[12:]},
        ),
        "reviews": (
            {"text": features.Text(), "label": label},
            ("text", "label"),
            {"train": reviews[:8], "validation": reviews[8:], "test": held_back},
        ),
        "people": ({"features": column, "fare": np.float32}, ("features", "fare"), {"train": people}),
        "vectors": (
            {"x": features.Tensor(shape=(3,), dtype=np.float32), "y": np.int64},
            ("x", "y"),
            {"train": vectors[:6], "test": vectors[6:]},
        ),
        "series": (
            {"x": features.Tensor(shape=(4, 2), dtype=np.float32), "label": label},
            ("x", "label"),
            {"train": series[:6], "test": series[6:]},
        ),
        "sizes": (
            {"image": features.Image(shape=(None, 5, 1)), "label": label},
            ("image", "label"),
            {"train": sizes},
        ),
        "unlabelled": ({"text": features.Text()}, None, {"train": [{"text": "a"}]}),
        "titles": (
            {"a": features.Text(), "b": features.Text()},
            ("a", "b"),
            {"train": [{"a": "a", "b": "b"}]},
        ),
        "no_train": ({"x": np.float32, "label": label}, ("x", "label"), {"extra": [{"x": 1.0, "label": 0}]}),
    }
