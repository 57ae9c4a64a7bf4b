"""Recognises files that are not read, by their first bytes or their suffixes, and says what to do about
them."""

from pathlib import Path

ARCHIVES = {".gz": "gunzip", ".bz2": "bunzip2", ".xz": "unxz", ".zst": "unzstd", ".zip": "unzip"}
"""Suffix of what is packed -> the command that unpacks it."""
UNPACK = "{} < NAME > unpacked-NAME"
EXPORT = "save it as CSV (UTF-8) in the spreadsheet"
OTHERS = {
    ".xlsx": EXPORT, ".xls": EXPORT, ".xlsm": EXPORT, ".ods": EXPORT,
    ".txt": "call it .csv or .tsv, if it is a table with a line of names",
    ".npy": "np.savez('FILE.npz', x=..., y=...) puts inputs and target in one file",
    ".feather": "pandas.read_feather('FILE').to_parquet('FILE.parquet')",
    ".pkl": "write a .csv or .parquet from it where it was made; a pickle can run code",
    ".mat": "np.savez('FILE.npz', x=..., y=...) of its arrays",
    ".h5": "np.savez('FILE.npz', x=..., y=...) of its arrays",
}  # fmt: skip
"""Suffix of what is not read -> what to do."""
MAGIC = {
    b"\x1f\x8b": ("packed by gzip", UNPACK.format("gunzip"), ()),
    b"BZh": ("packed by bzip2", UNPACK.format("bunzip2"), ()),
    b"\xfd7zXZ": ("packed by xz", UNPACK.format("unxz"), ()),
    b"\x28\xb5\x2f\xfd": ("packed by zstd", UNPACK.format("unzstd"), ()),
    b"PK\x03\x04": ("a spreadsheet, or a ZIP archive", f"{EXPORT}; or unzip NAME", (".npz",)),
    b"\xd0\xcf\x11\xe0": ("an old Excel file", EXPORT, ()),
    b"%PDF": ("a PDF", "export the table that it was made of", ()),
    b"PAR1": ("a Parquet file", "call it .parquet", (".parquet",)),
    b"ARROW1": ("an Arrow file", OTHERS[".feather"], ()), b"SQLite format 3": ("a database", EXPORT, ()),
    b"\x93NUMPY": ("a single array of NumPy", OTHERS[".npy"], ()),
}  # fmt: skip
"""First bytes -> what the file is, what to do, and the suffixes that may have them."""
MARKUP = ("<!doctype", "<html", "<?xml", "<table")
"""How HTML and XML begin."""


def instead(path: Path) -> str:
    """Gives what to do about a file whose suffix is not read, in words; "" where that is not known."""
    suffix = path.suffix.lower()
    fix = f"{ARCHIVES[suffix]} {path.name}" if suffix in ARCHIVES else OTHERS.get(suffix, "")
    return f" What to do: {fix.replace('FILE', path.stem)}." if fix else ""


def refuse_another(path: Path) -> None:
    """Refuses a file that is something else than its suffix says.

    Args:
        path: of a file with a suffix that is read.

    Raises:
        ValueError: says what it is, and what to do.
    """
    suffix = path.suffix.lower()
    with path.open("rb") as file:
        start = file.read(64)
    found = next((kind for magic, kind in MAGIC.items() if start.startswith(magic)), None)
    text = start.decode("utf-8-sig", "ignore").lstrip().lower()
    if found is None and suffix in (".csv", ".tsv"):
        if text.startswith(('{"', '[{"')):
            found = ("JSON", "call it .json, or .jsonl if it has an object a line", ())
        elif text.startswith(MARKUP):
            found = ("a page in HTML or XML", "download the table itself, or copy it into a spreadsheet", ())
    if found and suffix not in found[2]:
        what, fix, _ = found
        raise ValueError(
            f"`dataset` expects a {suffix} file. Received: {path.name}, which is {what}. What to do:"
            f" {fix.replace('FILE', path.stem).replace('NAME', path.name)}."
        )
