"""How far token sequences are from what they should be. Plain Python."""

from collections.abc import Sequence

from suite.data.dataset import VARIANTS


def error_rates(y: Sequence[str], predicted: Sequence[str]) -> tuple[float, float]:
    """Sequence error rate, and token error rate: edits over tokens of the target. The nearest variant of a
    target counts."""
    wrong, edits, tokens = 0, 0, 0
    for truth, text in zip(y, predicted, strict=True):
        words = text.split()
        nearest = min(
            (edit_distance(variant.split(), words), len(variant.split())) for variant in truth.split(VARIANTS)
        )
        wrong, edits, tokens = wrong + (nearest[0] > 0), edits + nearest[0], tokens + nearest[1]
    return wrong / len(y), edits / tokens


def edit_distance(first: Sequence[str], second: Sequence[str]) -> int:
    """Fewest insertions, deletions and substitutions that make one of the other (Levenshtein 1966)."""
    row = list(range(len(second) + 1))
    for i, one in enumerate(first, 1):
        diagonal, row[0] = row[0], i
        for j, other in enumerate(second, 1):
            diagonal, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, diagonal + (one != other))
    return row[-1]
