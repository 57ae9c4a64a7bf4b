"""Names of classes and categories that are likely meant to be one."""

import unicodedata
from collections.abc import Iterator, Mapping


def variants(counts: Mapping[str, int]) -> Iterator[str]:
    """Tells which names differ by nothing but case and blanks: likely slips.

    Args:
        counts: name -> how often it occurs.
    """
    groups: dict[str, list[str]] = {}
    for name in counts:
        groups.setdefault(_plain(name), []).append(name)
    alike = [sorted(names, key=lambda name: -counts[name]) for names in groups.values() if len(names) > 1]
    for names in alike[:3]:
        told = ", ".join(f"{name!r} ({counts[name]:,})" for name in names)
        yield (
            f"{told} differ by case, blanks or signs that do not show only and count as {len(names)}; if they"
            " are one, write them alike"
        )
    if len(alike) > 3:
        yield f"{len(alike) - 3} more groups of names differ so"


def _plain(name: str) -> str:
    """A name without blanks and signs that do not show, of letters that are one sign each however typed."""
    seen = "".join(sign for sign in name if unicodedata.category(sign) != "Cf")
    return "".join(unicodedata.normalize("NFKC", seen).casefold().split())
