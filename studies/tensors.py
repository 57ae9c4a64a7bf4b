"""What are the axes of a table, an image and a sequence, and what does each layer make of them?"""

from suite import Demonstration, Prediction

SHARED = "Goodfellow, Bengio and Courville 2016, Deep Learning, chapter 10: parameters are shared over time"

STUDY = Demonstration(
    question=__doc__,
    demonstration="tensors",
    predictions=(
        Prediction(
            "Convolutions need fewer parameters than dense layers on images",
            "tensors.parameters",
            {"model": "conv", "data": "image"},
            less_than={"model": "dense", "data": "image"},
            source="LeCun et al. 1998, doi:10.1109/5.726791, section II",
        ),
        Prediction(
            "A recurrent network has the same parameters however long the sequence is",
            "tensors.growth_with_length",
            {"model": "rnn"},
            between=(0.99, 1.01),
            source=SHARED,
        ),
        Prediction(
            "A dense network needs more of them for longer sequences",
            "tensors.growth_with_length",
            {"model": "dense"},
            between=(1.01, 2),
            source=SHARED,
        ),
        Prediction(
            "The parameters of every layer are those of its formula",
            "tensors.wrong_formulas",
            between=(0, 0.5),
            source="the layers' definitions",
        ),
    ),
)
