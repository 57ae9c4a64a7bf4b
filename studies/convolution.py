"""What do a convolution's kernel size and padding do to shapes, parameters and the loss?"""

from suite import Config, LogUniform, Prediction, Study


def at(kernel_size: int, padding: str = "same") -> dict[str, str | int]:
    return {"kernel_size": kernel_size, "padding": padding}


LECUN = "LeCun et al. 1998, doi:10.1109/5.726791, section II: local receptive fields and shared weights"
DUMOULIN = "Dumoulin and Visin 2016, arXiv:1603.07285, chapter 2: (i - k + 2p) / s + 1 places a side"

STUDY = Study(
    question=__doc__,
    fixed=Config(dataset="fashion_mnist", train_size=2_000, validation_size=1_000, model="conv",
                 filters=(8, 16), epochs=5, batch_size=50),
    scientific={"kernel_size": (1, 3, 5), "padding": ("same", "valid")},
    nuisance={"learning_rate": LogUniform(1e-3, 3e-2)},
    budget=2, replicates=3, probes=("filters",),
    predictions=(
        Prediction("A kernel that sees neighbours is better than one that sees a pixel", "test_loss",
                   at(3), less_than=at(1), source=LECUN),
        Prediction("Kernels of 5 x 5 have 8 (25 + 1) + 16 (8 x 25 + 1) + 170 parameters",
                   "filters.parameters", at(5), between=(3_593, 3_595), source=LECUN),
        Prediction("Valid padding leaves 24 x 24 places of 28 x 28", "filters.first_places", at(5, "valid"),
                   between=(575, 577), source=DUMOULIN),
        Prediction("Same padding leaves them all", "filters.first_places", at(5), between=(783, 785),
                   source=DUMOULIN),
        Prediction("Training makes filters smoother than random ones", "filters.roughness_kept", at(5),
                   between=(0, 0.95), source="Zeiler and Fergus 2014, arXiv:1311.2901: edges and blobs"),
        Prediction("Places at the border are worth keeping", "test_loss", at(5), less_than=at(5, "valid"),
                   source="Goodfellow et al. 2016, Deep Learning, 9.5: valid padding shrinks the network"),
    ),
)  # fmt: skip
