"""Which encoding a text file has: said by its first bytes, valid as UTF-8, or recognised where that is
certain.

Encodings of several bytes a character are told apart by charset-normalizer. Those of one byte seldom can be:
`ã` in one is `ă` in another, and both are letters. They are taken only where every encoding in question gives
the same text.
"""

import codecs
import contextlib
import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

PIECE = 1 << 20
"""Bytes read at once."""

MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",  # before UTF-16, whose mark it begins with
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
"""First bytes -> encoding."""

SEVERAL_BYTES = ("cp949", "gb18030", "big5", "cp932", "euc_jp")
OTHER_SCRIPTS = ("cp1251", "koi8_r", "iso8859_5", "cp1253", "cp1255", "cp1256", "cp874")
LATIN = ("cp1252", "cp1250", "cp1254", "cp1257", "iso8859_2", "iso8859_15", "cp850", "mac_roman")
"""Encodings that occur in files: of several bytes, of one byte for another script than Latin, and for
Latin."""

DISORDER = 0.02
"""charset-normalizer's `chaos` above which a text is no text of a language."""
APART = 0.05
"""How much more of it every other encoding must have, or how much less `coherence` with a language (twice
that)."""
RUNS = 12
"""Different words that must all fit an encoding of several bytes."""
LETTERS = ("Lu", "Ll", "Lo", "Mn")
"""Categories of Unicode that words are made of, and signs that stand among them."""
SIGNS = "€£§°«»“”„‘’–—…·\xa0ºª²³"
SAMPLE = 1 << 15
"""Bytes of lines with other letters than ASCII that are looked at."""


def encoding(path: Path, said: str | None, *, header: bool = False) -> tuple[str, str]:
    """Finds the encoding of a text file, as Python names it, and what there is to tell about it.

    Args:
        path: of the file.
        said: by the user; None: it is found out.
        header: reads no more than the start of the file.

    Raises:
        ValueError: the file is not of the encoding that was said, or which one it has is not certain.
    """
    stat = path.stat()
    return _encoding(path, stat.st_size, stat.st_mtime_ns, said, header)


@lru_cache(maxsize=64)
def _encoding(path: Path, _size: int, _changed: int, said: str | None, header: bool) -> tuple[str, str]:
    if said is not None:
        if place := _first_wrong(path, said, header):
            raise ValueError(f"`encoding` must be that of {path.name}. Received: encoding={said!r}, {place}.")
        return said, ""
    with path.open("rb") as file:
        start = file.read(1 << 12)
    name = next((name for mark, name in MARKS.items() if start.startswith(mark)), _wide(start)) or "utf-8"
    place = _first_wrong(path, name, header)
    if not place:
        return name, f"Read as {name.upper()}" if name.startswith(("utf-16", "utf-32")) else ""
    sample = _sample(path)
    if name == "utf-8" and (broken := _nearly_utf8(sample)):
        raise ValueError(
            f"`dataset` expects UTF-8. Received: {path.name}, {place}, where it is broken, as in"
            f" {broken - 1:,} other places. What to do: mend that; iconv -c -f utf-8 -t utf-8 {path.name}"
            " leaves it out."
        )
    found, others = _recognised(sample) if name == "utf-8" else ("", {})
    if not found or _first_wrong(path, found, header):
        raise ValueError(_unknown(path, name, place, others))
    return found, f"Read as {found}, which was recognised; `encoding` decides otherwise"


def _wide(start: bytes) -> str:
    """UTF-16 without a mark: with its delimiters, digits and line ends every other byte is zero."""
    if start.count(0) < max(2, len(start) / 50):
        return ""
    readings = {
        name: start[: len(start) // 2 * 2].decode(name, "ignore") for name in ("utf-16-le", "utf-16-be")
    }
    plain = {name: sum("\t" <= sign <= "~" for sign in text) for name, text in readings.items()}
    name = max(plain, key=plain.__getitem__)
    others = [sign for sign in readings[name] if unicodedata.category(sign) in ("Cn", "Co")]
    return name if plain[name] > 4 * min(plain.values()) and "\n" in readings[name] and not others else ""


def _first_wrong(path: Path, name: str, header: bool) -> str:
    """Where a file is not of an encoding, in words; "" if it is."""
    decoder, lines, read = codecs.getincrementaldecoder(name)(), 0, 0
    for piece, last in _pieces(path, header):
        try:
            decoder.decode(piece, final=last)
        except UnicodeDecodeError as error:
            before = error.object[: error.start]
            byte = read - (len(error.object) - len(piece)) + error.start
            line = lines + before.count(b"\n") + 1
            return f"line {line}, byte {byte}: 0x{error.object[error.start]:02x}"
        except UnicodeError as error:  # UTF-16 without a first mark, say
            return f"line {lines + 1}: {error}"
        lines, read = lines + piece.count(b"\n"), read + len(piece)
    return ""


def _pieces(path: Path, header: bool) -> Iterator[tuple[bytes, bool]]:
    """The bytes of a file, and whether they are the last; of a header only the first piece, which never
    counts as last."""
    size = path.stat().st_size
    with path.open("rb") as file:
        while True:
            piece = file.read(PIECE)
            yield piece, not header and file.tell() >= size
            if header or file.tell() >= size or not piece:
                return


def _sample(path: Path) -> bytes:
    """The first lines that have other bytes than ASCII."""
    found = bytearray()
    with path.open("rb") as file:
        for line in file:
            if not line.isascii():
                found += line[:SAMPLE]
            if len(found) >= SAMPLE:
                break
    return bytes(found)


def _recognised(sample: bytes) -> tuple[str, dict[str, str]]:
    """The encoding, "" where it is not certain; and the sample as each encoding in question has it."""
    from charset_normalizer import from_bytes

    matches = list(from_bytes(sample, cp_isolation=[*SEVERAL_BYTES, *OTHER_SCRIPTS, *LATIN]))
    matches = [each for each in matches if each.encoding not in OTHER_SCRIPTS or _like_words(str(each))]
    latin = _in_letters(sample, LATIN)
    wide = [match for match in matches if match.encoding in SEVERAL_BYTES]
    for rivals in ([wide] if wide and _pairs_up(sample, str(wide[0])) else []) + [matches]:
        if not rivals or rivals[0].encoding in LATIN or rivals[0].chaos > DISORDER:
            continue
        if all(
            other.chaos > rivals[0].chaos + APART or other.coherence < rivals[0].coherence - 2 * APART
            for other in rivals[1:]
            if str(other) != str(rivals[0])
        ):
            return rivals[0].encoding, {}
    if (not matches or matches[0].encoding in LATIN) and len(set(latin.values())) == 1:
        return next(iter(latin)), {}
    others = {match.encoding: str(match) for match in matches if match.encoding not in LATIN}
    readings = _in_letters(sample, OTHER_SCRIPTS)
    others |= {name: text for name, text in readings.items() if _like_words(text)}
    if not others and not latin:
        others = _decodable(sample)
    return "", (latin | others if matches and matches[0].encoding in LATIN else others | latin)


def _nearly_utf8(sample: bytes) -> int:
    """How many places of UTF-8 are broken; 0: it is another encoding, in which few bytes are UTF-8 by
    chance."""
    text = sample.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    whole = sum(not sign.isascii() for sign in text) - broken
    return broken if whole > 4 * broken else 0


def _decodable(sample: bytes) -> dict[str, str]:
    """The sample in each encoding of several bytes that it is valid in."""
    found = {}
    for name in SEVERAL_BYTES:
        with contextlib.suppress(UnicodeDecodeError):
            found[name] = sample.decode(name)
    return found


def _pairs_up(sample: bytes, text: str) -> bool:
    """Whether an encoding of several bytes a character fits better than chance: bytes of one-byte encodings
    seldom make Hangul alone, and their words have an odd number of letters every other time."""
    signs = [sign for sign in text if not sign.isascii()]
    hangul = sum("\uac00" <= sign <= "\ud7a3" for sign in signs)
    return hangul >= 0.95 * len(signs) or len(set(re.findall(rb"[\x80-\xff]+", sample))) >= RUNS


def _in_letters(sample: bytes, names: Sequence[str]) -> dict[str, str]:
    """The sample in each encoding of one byte in which all that is not ASCII are letters, or signs among
    them."""
    readings = {}
    for name in names:
        with contextlib.suppress(UnicodeDecodeError):
            text = sample.decode(name)
            if all(sign.isascii() or sign in SIGNS or unicodedata.category(sign) in LETTERS for sign in text):
                readings[name] = text
    return readings


def _like_words(text: str) -> bool:
    """Whether the capitals of another script than Latin stand where words have them: not after small letters,
    as in `ЗбЮ`, and not everywhere, as in `ЩЯКЃ`."""
    signs = [sign for sign in text if not sign.isascii() and sign.lower() != sign.upper()]
    odd = any(one.islower() and other.isupper() and not other.isascii() for one, other in pairwise(text))
    return not odd and 2 * sum(map(str.isupper, signs)) <= len(signs)


def _examples(readings: dict[str, str]) -> dict[str, str]:
    """Of each reading a word that is not ASCII: the first in which readings differ, where they have as many
    words."""
    words = {name: re.split(r"[\s,;|\"]+", text) for name, text in readings.items()}
    if len({len(each) for each in words.values()}) == 1:
        differ = [index for index, each in enumerate(zip(*words.values(), strict=True)) if len(set(each)) > 1]
        if differ:
            return {name: each[differ[0]][:20] for name, each in words.items()}
    return {
        name: next((word for word in each if not word.isascii()), "")[:20] for name, each in words.items()
    }


def _unknown(path: Path, name: str, place: str, others: dict[str, str]) -> str:
    examples = _examples(dict(list(others.items())[:4]))
    readings = ", ".join(f"{other} ({word!r})" for other, word in examples.items())
    maybe = f" It may be {readings}." if readings else ""
    first = next(iter(others), "cp1252")
    return (
        f"`dataset` expects {name.upper()}. Received: {path.name}, {place}.{maybe} What to do: say which"
        " encoding it is, such as"
        f" encoding={first}; or iconv -f {first} -t utf-8 {path.name} > utf-8-{path.name}."
    )


def decoded(path: Path, name: str) -> bytes:
    """Reads a whole text file as UTF-8 bytes without a mark in front."""
    raw = path.read_bytes()
    if name == "utf-8":
        return raw
    return raw.removeprefix(codecs.BOM_UTF8) if name == "utf-8-sig" else raw.decode(name).encode()
