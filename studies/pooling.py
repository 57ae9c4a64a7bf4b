"""Max pooling, average pooling or none, with strides of 1 or 2: what makes images smaller best?

Without pooling and with strides of 1 nothing does: the mean over all places at the end is then the only one.
"""

from suite import Config, LogUniform, Prediction, Study


def at(pooling: str, strides: int = 1) -> dict[str, str | int]:
    return {"pooling": pooling, "strides": strides}


GOODFELLOW = "Goodfellow et al. 2016, Deep Learning, section 9.3"

STUDY = Study(
    question=__doc__.splitlines()[0],
    fixed=Config(dataset="fashion_mnist", train_size=2_000, validation_size=1_000, model="conv",
                 filters=(8, 16), kernel_size=3, epochs=5, batch_size=50),
    scientific={"pooling": ("max", "average", "none"), "strides": (1, 2)},
    nuisance={"learning_rate": LogUniform(1e-3, 3e-2)},
    budget=2, replicates=3, probes=("filters",),
    predictions=(
        Prediction("Pooling is better than none", "test_loss", at("max"), less_than=at("none"),
                   source=f"{GOODFELLOW}: it makes a network invariant to small shifts"),
        Prediction("Max pooling is better than average pooling", "test_loss", at("max"),
                   less_than=at("average"), source="Scherer, Mueller and Behnke 2010, ICANN"),
        Prediction("Pooling has no parameters: 80 + 1,168 + 170 are left", "filters.parameters", at("max"),
                   between=(1_417, 1_419), source=GOODFELLOW),
        Prediction("Strides of 2 have none either", "filters.parameters", at("none", 2),
                   between=(1_417, 1_419),
                   source="Springenberg et al. 2015, arXiv:1412.6806"),
        Prediction("Two strides of 2 leave 7 x 7 places of 28 x 28", "filters.last_places", at("none", 2),
                   between=(48, 50), source="Dumoulin and Visin 2016, arXiv:1603.07285, chapter 2"),
    ),
)  # fmt: skip
