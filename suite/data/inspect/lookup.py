"""Letters to phones by looking up: the baseline of pronunciation. Each letter says what it says most often
between its neighbours; letters and phones are aligned by Viterbi training, a letter giving none, one or two
phones."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from math import log

Pair = tuple[str, tuple[str, ...]]  # a word and its phones
Table = dict[str, Counter]  # a letter, or a window around it -> what it gives

MOST = 2  # phones of a letter
UNSEEN = -12.0  # log probability of what a letter never gave
RADII = (3, 2, 1, 0)  # letters to either side, widest first


def learn(pairs: Sequence[Pair], *, rounds: int = 3, sample: int = 10_000) -> Table:
    """What each letter gives between its neighbours.

    Args:
        pairs: words and their phones.
        rounds: of Viterbi training, on the first `sample` pairs.
    """
    counts: Table = defaultdict(Counter)
    for word, phones in pairs[:sample]:  # to start with, both are stretched to the same length
        for index, letter in enumerate(word):
            counts[letter][
                phones[index * len(phones) // len(word) : (index + 1) * len(phones) // len(word)][:MOST]
            ] += 1
    for _ in range(rounds):
        scores = _log(counts)
        counts = defaultdict(Counter)
        for word, phones in pairs[:sample]:
            for letter, given in zip(word, align(word, phones, scores), strict=False):
                counts[letter][given] += 1
    scores = _log(counts)
    table: Table = defaultdict(Counter)
    for word, phones in pairs:
        for index, given in enumerate(align(word, phones, scores)):
            for window in _windows(word, index):
                table[window][given] += 1
    return table


def _log(counts: Table) -> dict[str, dict[tuple[str, ...], float]]:
    return {
        letter: {given: log(number / given_all.total()) for given, number in given_all.items()}
        for letter, given_all in counts.items()
    }


def _windows(word: str, index: int) -> Iterable[str]:
    for radius in RADII:
        left = word[max(0, index - radius) : index].rjust(radius, "^")
        right = word[index + 1 : index + 1 + radius].ljust(radius, "$")
        yield f"{left}{word[index]}{right}"


def align(
    word: str, phones: tuple[str, ...], scores: dict[str, dict[tuple[str, ...], float]]
) -> list[tuple[str, ...]]:
    """The most probable phones of each letter; [] if the word has too few letters for them."""
    best: dict[int, tuple[float, tuple[int, ...]]] = {
        0: (0.0, ())
    }  # phones used up -> score and where the letters so far ended
    for place, letter in enumerate(word):
        known, left = scores.get(letter, {}), len(word) - place - 1
        reached: dict[int, tuple[float, tuple[int, ...]]] = {}
        for used, (score, ends) in best.items():
            for end in range(used, min(used + MOST, len(phones)) + 1):
                total = score + known.get(phones[used:end], UNSEEN)
                if len(phones) - end <= MOST * left and (end not in reached or total > reached[end][0]):
                    reached[end] = (total, (*ends, end))
        best = reached
    if len(phones) not in best:
        return []
    ends = best[len(phones)][1]
    return [phones[start:end] for start, end in zip((0, *ends), ends, strict=False)]


def pronounce(word: str, table: Table) -> tuple[str, ...]:
    """The phones of a word, each letter by the widest window that was seen."""
    found: list[str] = []
    for index in range(len(word)):
        window = next((window for window in _windows(word, index) if window in table), None)
        found += table[window].most_common(1)[0][0] if window else ()
    return tuple(found)
