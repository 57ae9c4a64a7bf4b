"""Names of classes and categories that are likely slips: meant to be one, or read in another encoding."""

import unicodedata
from collections.abc import Collection, Iterator, Mapping


def slips(counts: Mapping[str, int]) -> Iterator[str]:
    """Tells which names differ by nothing but case and blanks, and which were read in another encoding.

    Args:
        counts: name -> how often it occurs.
    """
    yield from _variants(counts)
    misread = {name: meant for name in counts if (meant := _meant(name)) != name}
    if misread:
        name, meant = next(iter(misread.items()))
        yield (
            f"{len(misread):,} {'names look' if len(misread) > 1 else 'name looks'} as if UTF-8 had been read"
            f" in another encoding, as {name!r}, which may mean {meant!r}; mend it where the file was written"
        )


def several(names: Collection[str]) -> str:
    """Tells of names that are lists of other names, as `sport,news` beside `news`; "" if they are not.

    Args:
        names: of the classes.
    """
    for delimiter in ",;|":
        lists = [name for name in names if delimiter in name]
        parts = {part.strip() for name in lists for part in name.split(delimiter)}
        if lists and parts <= set(names):
            return (
                f"{len(lists):,} of the names are lists of others, as {lists[0]!r}, and count as classes of"
                " their own. Where an example has several labels, make a column of 0 and 1 for each, and"
                " name them all in `target`"
            )
    return ""


def _variants(counts: Mapping[str, int]) -> Iterator[str]:
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


def _meant(name: str) -> str:
    """The name that was written, if this one is its UTF-8 read as Windows-1252, or else itself."""
    try:
        return name.encode("cp1252").decode("utf-8")
    except UnicodeError:
        return name


def _plain(name: str) -> str:
    """A name without blanks and signs that do not show, of letters that are one sign each however typed."""
    seen = "".join(sign for sign in name if unicodedata.category(sign) != "Cf")
    return "".join(unicodedata.normalize("NFKC", seen).casefold().split())
