"""Odd files: each is read right, or refused in one line with the cause and the fix. See odd.py."""

from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from odd import (
    BODY,
    DAYS,
    FEW,
    GZIP,
    HEAD,
    LINES,
    PLACE,
    ROWS,
    TABLE,
    A,
    B,
    X,
    Y,
    Z,
    arrays,
    column,
    days,
    lines,
    put,
    some,
    text,
    xlsx,
    zipped,
)  # fmt: skip

from suite.data import load


@dataclass
class Right:
    """What is read: kinds of columns, the first value of a column, a note, and how many rows."""

    kinds: dict = field(default_factory=dict)
    first: tuple = ()
    note: str = ""
    rows: int = 60


NUMBERS = {
    "thousands by blanks": ([f"{int(b * 1e5):,}".replace(",", " ") for b in B], int(B[0] * 1e5)),
    "by no-break blanks": ([f"{int(b * 1e5):,}".replace(",", "\xa0") for b in B], int(B[0] * 1e5)),
    "by narrow blanks": ([f"{int(b * 1e5):,}".replace(",", "\u202f") for b in B], int(B[0] * 1e5)),
    "by apostrophes": ([f"{b * 1000:,.2f}".replace(",", "'") for b in B], B[0] * 1000),
    "as in Europe": ([f"{int(b * 1e5):,}".replace(",", ".") for b in B], int(B[0] * 1e5)),
    "percent with commas": ([f'"{b:.1f}%"'.replace(".", ",") for b in B], round(B[0], 1)),
    "an en dash for minus": ([f"–{b}" for b in B], -B[0]),
    "Arabic digits": ([str(b).translate(str.maketrans("0123456789.", "٠١٢٣٤٥٦٧٨٩٫")) for b in B], B[0]),
    "a plus in front": ([f"+{b}" for b in B], B[0]),
    "exponents": ([f"{b:.2e}" for b in B], float(f"{B[0]:.2e}")),
    "degrees": ([f"{b}°" for b in B], B[0]),
    "accounting": ([f"({b})" for b in B], -B[0]),
    "times of day": (["8:30" if i % 2 else "17:05" for i in ROWS], 17 * 3600 + 5 * 60),
    "blanks without width": ([f"{b}\u200b" for b in B], B[0]),
    "TRUE": (["TRUE" if i % 3 else "FALSE" for i in ROWS], 0),
}
SLIPS = {
    "both decimal signs": (some(B, '"12,5"'), "one decimal sign in a column. Received: column 'c'"),
    "percent in some rows": (some(B, "45%"), "has numbers but for 9 of 60 values, the first of them '45%'"),
    "a unit in the second line": (
        ["(kg)", *B[1:]],
        "row 1. What to do: mend it, or leave that row out",
    ),
    "infinite in words": (some(B, "infinite", 60), "the first of them 'infinite' in data row 4"),
    "an infinite number": (
        some(B, "-Infinity", 60),
        "finite numbers below 3e38. Received: column 'c', -inf",
    ),
    "signs in front": ([f"~{b}" for b in B], "'~" + str(B[0]) + "' in data row 1, as most others a number"),
    "spreadsheets' texts": ([f'="{i:05d}"' for i in ROWS], "as most others a number among other signs"),
    "an apostrophe in front": ([f"'{b}" for b in B], "What to do: leave the signs out; or types="),
    "times with a slip": (
        some(["8:30", "17:05"] * 30, "noon", 60),
        "times of day but for 1 of 60 values",
    ),
    "dates with a slip": (some([f"{day:%Y-%m-%d}" for day in DAYS], "2024-02-30"), "of them '2024-02-30' in"),
    "both orders of dates": (["13/1/2024", "1/13/2024"] * 30, "whether the day or the month is first"),
    "two units": ([f"{b} {'kg' if i % 2 else 'g'}" for i, b in enumerate(B)], "in units of g, kg, the first"),
}
FORMS = {
    "another language": ("%d. Februar %Y", "looks like a date of another form"),
    "Spanish": ("%d de enero de %Y", "looks like a date of another form"),
    "spreadsheets' short form": ("%d-%b-%y", "looks like a date of another form"),
    "a zone by name": ("%Y-%m-%d %H:%M CET", "looks like a date of another form"),
    "a word behind": ("%d.%m.%Y %H:%M Uhr", "looks like a date of another form"),
    "a Korean half of the day": ("%Y-%m-%d 오후 %H:%M", "looks like a date of another form"),
    "without signs": ("%Y%m%dT%H%M%S", Right(first=("c hour", 9))),
    "the time first": ("%H:%M %d/%m/%Y", "looks like a date of another form"),
    "of C": ("%a %b %d %H:%M:%S EST %Y", "looks like a date of another form"),
    "an offset": ("%Y-%m-%dT%H:%M:%S+02:00", Right(first=("c hour", 7), note="were brought to UTC")),
    "of mails": ("%a, %d %b %Y %H:%M:%S +0000", Right(first=("c hour", 9))),
    "Chinese": ("%Y年%m月%d日", Right(first=("c year", DAYS[0].year))),
    "a comma": ("%d.%m.%Y, %H:%M", Right(first=("c month", DAYS[0].month), note="are day-first")),
}
PLAIN = Right(kinds={"a": "numeric", "b": "numeric", "place": "categorical"}, first=("a", A[0]))
LAYOUTS = {
    "a title in the first cell": (f"Report 2024,,,\n,,,\n{TABLE}", PLAIN),
    "two lines of names": (f"Measures,,Where,\n{TABLE}", "It stands in line 2. What to do: leave out"),
    "names above names": (f"M,M,Where,Result\n{TABLE}", "'M' twice. What to do: rename one; or leave out"),
    "rows of nothing": (TABLE + ",,,\n" * 99, Right(note="Rows without any value, which were left out: 99")),
    "columns of nothing": ("".join(line[:-1] + ",,,\n" for line in LINES), PLAIN),
    "a text below": (TABLE + "Source: the office\n", "Row #62: Expected 4 columns, got 1: Source"),
    "a total in the first column": (TABLE + f"Total,{sum(B):.2f},,\n", "or leave that row out, if it holds"),
    "the header again": (TABLE + HEAD + "\n", "the first of them 'a' in data row 61"),
    "rows end in a delimiter": (HEAD + "\n" + BODY.replace("\n", ",\n"), PLAIN),
    "the header ends in one": (HEAD + ",\n" + BODY, PLAIN),
    "a long row": (TABLE.replace("\n", ",extra\n", 9).replace(",extra", "", 8), "Expected 4 columns, got 5"),
    "CR only": (TABLE.replace("\n", "\r"), PLAIN),
    "both line ends": (TABLE.replace("o\n", "o\r\n"), PLAIN),
    "byte 0": (TABLE.replace("north", "no\0rth", 1), "with a byte 0 in line"),
    "the end of DOS": (TABLE + "\x1a", PLAIN),
    "names of another typing": (TABLE.replace("b,", "gro\u0308ße,", 1), Right(first=("größe", B[0]))),
    "blanks behind delimiters": (TABLE.replace(",", ", ").replace(" no\n", ' "no"\n'), "a blank before it"),
    "quotes inside quotes": (column(['"say \\"hi\\""'] * 60), "inside a quoted field write \"\""),
    "quotes that swallow rows": (column(some(["x"] * 60, '"open')), "a text goes on behind a closing one"),
    "a quote left open": (column(some(["x"] * 60, '"open', 60)), "one opened in data row 4 is not closed"),
    "lines in quotes": ("".join(f'"{line[:-1]}"\n' for line in LINES), "a single name, 'a,b,place,y'"),
    "blanks part fields": (TABLE.replace(",", " "), "part the fields by comma, semicolon, tab or |"),
    "no names": (BODY, "seems to hold data"),
    "a cell of 200 kB": (column(some([f"some words {i} here" for i in ROWS], "word " * 40_000, 60)),
                         Right(kinds={"c": "text"})),
    "one row": ("a,b,y\n1,2,3\n", "at least 10 rows, to split them in train, validation"),
    "the same twice": (text(["a", "a", "y"], A, B, Y), "which has 'a' twice"),
    "UTF-8 with a slip": (TABLE.replace("north", "Köln").encode() + b"1,2,K\xf6ln,no\n", "it is broken"),
    "gzip": (GZIP, "packed by gzip. What to do: gunzip <"),
    "a spreadsheet": (xlsx, "a spreadsheet, or a ZIP archive. What to do: save it as CSV"),
    "a ZIP archive": (zipped, "a spreadsheet, or a ZIP archive. What to do: save it as CSV"),
    "an old spreadsheet": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(99), "an old Excel file"),
    "a page": ("<!DOCTYPE html>\n<table>", "a page in HTML or XML"),
    "Parquet": (b"PAR1" + bytes(99), "a Parquet file. What to do: call it .parquet"),
    "JSON": ('[{"a": 1}]', "which is JSON. What to do: call it .json"),
}  # fmt: skip
CASES = {
    **{f"{name} of numbers": (column(values), Right({"c": "numeric"}, ("c", first)))
       for name, (values, first) in NUMBERS.items()},
    **{name: (column(values), refusal) for name, (values, refusal) in SLIPS.items()},
    **{f"a date, {name}": (days(form), right) for name, (form, right) in FORMS.items()},
    **LAYOUTS,
}  # fmt: skip
OTHERS = {
    "a sum": (text(["k", "a", "z"], PLACE, A, Z) + f",{sum(A):.3f},{sum(Z):.3f}\n", "t.csv", {"target": "z"},
              f"whose 'z' {sum(Z):.6g} is the sum of all above it. What to do: leave that row out"),
    "a mean by name": (text(["k", "z"], PLACE, Z) + "Mean:,55\n", "t.csv", {"target": "z"}, "'k' is 'Mean:'"),
    **{f"a last row called {word}": (text(["k", "b", "y"], PLACE, B, B[::-1]) + f"{word},7850.3,912.4\n",
                                     "t.csv", {}, f"the last one, whose 'k' is '{word}'")
       for word in ("Gesamtergebnis", "Total général", "총합계", "합 계", "Итого", "計")},
    "subtotals": (
        "k,b,y\n" + "".join(
            f"{PLACE[i]},{B[i]},{Y[i]}\n"
            + (f"Subtotal,{sum(B[i - 19 : i + 1]):.2f},{Y[i]}\n" if i % 20 == 19 else "")
            for i in ROWS) + f"{PLACE[0]},{B[0]},{Y[0]}\n", "t.csv", {},
        "3 subtotals, the first of them data row 21, whose 'k' is 'Subtotal'"),
    "means of a survey": (text(["k", "b", "y"], ["mean", "sum", "median"] * 20, B, Y), "t.csv", {},
                          Right({"k": "categorical"})),
    "another encoding": (text(["k", "b", "y"], ["MÃ¼ller", "SchrÃ¶der", "Jäger"] * 20, B, Y), "t.csv", {},
                         Right(note="2 names look as if UTF-8 had been read in another encoding, as"
                                    " 'MÃ¼ller', which may mean 'Müller'")),
    "a row number that is missing": (text(["n", "b", "y"], [n if n != 17 else "" for n in ROWS], B, Y),
                                     "t.csv", {}, Right({"b": "numeric"}, note="`n` was dropped: id")),
    "months": (column([f"{day:%Y-%m}" for day in DAYS]), "t.csv", {},
               Right(note="whose first day is meant")),
    "decimal commas without quotes": (
        text(["a", "b", "y"], [str(a).replace(".", ",") for a in A], FEW, Y), "t.csv", {},
        "3 names, and 4 fields a row"),
    "years in front": (column([f"{day:%y/%m/%d}" for day in DAYS]), "t.csv", {}, "which number is the year"),
    "a date that stands for none": (column(some([f"{day:%Y-%m-%d}" for day in DAYS], "9999-12-31")), "t.csv",
                                    {}, Right(note="a missing one: missing=9999-12-31")),
    "a total of a class": (text(["k", "b", "y"], PLACE, B, Y) + f"Sum,{sum(B):.2f},\n", "t.csv", {},
                           Right({"b": "numeric"}, note="Rows without a target, which were dropped: 1")),
    "days of a spreadsheet": (text(["Date", "b", "y"], [45000 + i * i for i in ROWS], B, Y), "t.csv", {},
                              Right(note="as spreadsheets count them (45000 is 2023-03-15)")),
    "numbers too close": (column([16e8 + i * 9 % 97 for i in ROWS]), "t.csv", {},
                          Right(note="different numbers, of which a model tells")),
    "-999 in the target": (text(["a", "z"], A, some(Z, -999)), "t.csv", {"target": "z"},
                           Right(note="`z` is -999 in 9 rows, far from all its other values")),
    "a constant target": (text(["a", "z"], A, [5] * 60), "t.csv", {"target": "z"}, "which is 5 in all rows"),
    "names that look alike": (text(["a", "y"], A, ["é", "e\u0301"] * 30), "t.csv", {},
                              Right(note="or signs that do not show only and count as 2")),
    "dates to predict": (text(["a", "y"], A, [f"{day:%Y-%m-%d}" for day in DAYS]), "t.csv", {},
                         "which holds dates. What to do: the days since a date"),
    "a key twice": (lines(lambda i, o: o).replace('"b"', '"a"'), "t.jsonl", {}, "line 1: two values for 'a'"),
    "a value and an object": (lines(lambda i, o: o | {"b": {"c": 1} if i == 5 else i}), "t.jsonl", {},
                              "line 6: 'b' is an object, and in line 1 a value"),
    "NaN": (lines(lambda i, o: o | {"b": float("nan")}), "t.jsonl", {}, "null stands for a missing one"),
    "a huge number": (lines(lambda i, o: o | {"b": 10**400 if i == 5 else i}), "t.jsonl", {},
                      "column 'b', a larger one in line 6. What to do: mend it, or types=\"b=drop\""),
    "lines called .json": (lines(lambda i, o: o), "t.json", {}, "with an object a line is called .jsonl"),
    "a list called .jsonl": ("[\n" + lines(lambda i, o: o), "t.jsonl", {}, "list of objects is called .json"),
    "nulls for objects": (lines(lambda i, o: o | {"n": {"u": i / 7} if i % 3 else None}), "t.jsonl", {},
                          Right({"n.u": "numeric"})),
    "lines with names of another typing": (lines(lambda i, o: {"gro\u0308ße": i / 7, "y": o["y"]}), "t.jsonl",
                                           {}, Right({"größe": "numeric"})),
    "Parquet with names of another typing": (
        lambda path: pq.write_table(pa.table({"a": A, "gro\u0308ße": Y}), path), "t.parquet",
        {"target": "größe"}, Right({"a": "numeric"})),
    "an empty list": ("[]", "t.json", {}, "expects columns. Received: t.json, which has none"),
    "bytes to predict": (arrays(y=np.array(Y, "S3")), "t.npz", {}, "y = y.astype(str) before saving"),
    "complex numbers": (arrays(x=X.astype(complex)), "t.npz", {}, "the real and the imaginary part"),
    "dates in arrays": (arrays(x=np.array(DAYS, "datetime64[s]")[:, None]), "t.npz", {}, "astype('int64')"),
    "whole numbers as images": (arrays(x=np.tile(FEW[:, None, None, None] * 9, (8, 8, 3))), "t.npz", {},
                                "x = x.astype('uint8') before saving it"),
    "no examples": (arrays(x=X[:0], y=FEW[:0]), "t.npz", {}, "examples. Received: 'x', which has none"),
    "a constant feature": (arrays(x=np.c_[X, X[:, 0] * 0]), "t.npz", {},
                           Right(note="1 of 5 features have one value only, the first of them feature 5")),
    "another array": (arrays(names=np.array(["k"])), "t.npz", {}, Right(note="were not read: names")),
    "names of scikit-learn": (lambda path: np.savez(path, X_train=X[:40], y_train=FEW[:40], X_test=X[40:],
                              y_test=FEW[40:]), "t.npz", {}, Right(note="Taken as a table, 4")),
    "a single array": (lambda path: np.save(path.open("wb"), X), "t.npz", {}, "is a single array of NumPy"),
    "packed": (GZIP, "t.csv.gz", {}, "What to do: gunzip t.csv.gz"),
    "a text file": (TABLE, "t.txt", {}, "What to do: call it .csv or .tsv"),
}  # fmt: skip


def check(path, right, **said):
    """Whether a file is read as it is right, or refused in one line that says so."""
    if isinstance(right, str):
        with pytest.raises(ValueError, match=r"^`") as refusal:
            load(str(path), **said)
        assert right in str(refusal.value) and "\n" not in str(refusal.value)
        return
    found = load(str(path), **said)
    assert sum(map(len, (found.train, found.validation, found.test))) == right.rows
    assert right.kinds.items() <= dict(found.kinds).items()
    assert right.note in " ".join(found.notes)
    if right.first:
        name, value = right.first
        every = np.concatenate([part.x[name] for part in (found.train, found.validation, found.test)])
        assert np.isclose(every.astype(float), value, rtol=1e-4).any()


@pytest.mark.parametrize("name", CASES)
def test_odd_tables(name, tmp_path):
    content, right = CASES[name]
    check(put(tmp_path / "t.csv", content), right, target="y")


@pytest.mark.parametrize("name", OTHERS)
def test_other_odd_files(name, tmp_path):
    content, file, said, right = OTHERS[name]
    check(put(tmp_path / file, content), right, **({} if file == "t.npz" else {"target": "y"}) | said)
