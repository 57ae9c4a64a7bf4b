"""How much of the classes does k-means find in pixels, in their PCA and in what a network learned?"""

from suite import Demonstration, Prediction

DING = "Ding and He 2004, doi:10.1145/1015330.1015408: principal components span the clusters' subspace"
XIE = "Xie, Girshick and Farhadi 2016, arXiv:1511.06335: k-means on pixels errs on half of MNIST"

TRAINED = {"view": "last layer, trained"}

STUDY = Demonstration(
    question=__doc__,
    demonstration="clustering",
    predictions=(
        Prediction(
            "Without labels k-means finds a part of the classes", "clustering.nmi", {"view": "pixels"},
            between=(0.4, 0.6), source=XIE,
        ),
        Prediction(
            "PCA before k-means changes little", "clustering.nmi", {"view": "PCA"}, between=(0.4, 0.6),
            source=DING,
        ),
        Prediction(
            "In a layer that was trained with labels it finds more", "clustering.ari", TRAINED,
            greater_than={"view": "pixels"},
            source="Bengio, Courville and Vincent 2013, arXiv:1206.5538: natural clustering",
        ),
        Prediction(
            "It is the training, not the network", "clustering.ari", TRAINED,
            greater_than={"view": "last layer, untrained"},
            source="Papyan, Han and Donoho 2020, doi:10.1073/pnas.2015509117: features collapse to classes",
        ),
    ),
)  # fmt: skip
