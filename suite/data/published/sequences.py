"""Sequences of measurements: their facts, and where their files are."""

from suite.data.dataset import Whole
from suite.data.published import sources
from suite.data.published.formats import read_ts
from suite.data.published.sources import KnownSet, Published

SEQUENCES: dict[str, KnownSet] = {
    "japanese_vowels": KnownSet(
        class_names=tuple(f"speaker {number}" for number in range(1, 10)),
        licence="CC BY 4.0 (UCI Machine Learning Repository)",
        description=(
            "Nine men say the vowels `ae`: who is it? 640 utterances as 7 to 29 time steps of 12 LPC cepstrum"
            " coefficients"
            " (Kudo, Toyama and Shimbo 1999)."
        ),
        figure="accuracy 94.1% by its authors, 96.2% by hidden Markov models of 5 states (UCI's"
        " JapaneseVowels.data.html)",
        published=Published(
            name="japanese_vowels",
            shape=(29, 12),
            sha256="78577d5587ee3f80a2f23586683287271217e9600b6a5fd6e58edadb507cae46",
            files="JapaneseVowels_TRAIN.ts and JapaneseVowels_TEST.ts of the UEA archive",
            reader=read_ts,
            package=("PyPI", "aeon==1.6.0", "aeon/datasets/data/JapaneseVowels"),
        ),
    ),
}


def read(name: str) -> Whole:
    """Sequences as float32 [n, time, channels], their ends padded with NaN.

    Raises:
        suite.data.cache.DataUnavailable: says what was tried and what to do.
    """
    return sources.read(SEQUENCES[name])
