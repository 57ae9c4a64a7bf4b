"""Odd files as spreadsheets, databases and programs write them; test_odd.py says what is right for each."""

import gzip
import json
import random
import zipfile
from datetime import datetime, timedelta

import numpy as np

ROWS = range(60)
_rng = random.Random(0)
A = [round(_rng.gauss(0, 3), 3) for _ in ROWS]
B = [round(_rng.uniform(10, 90), 2) for _ in ROWS]
PLACE = [_rng.choice(["north", "south", "east"]) for _ in ROWS]
Y = ["yes" if i % 2 else "no" for i in ROWS]
Z = [round(3 * a + b, 3) for a, b in zip(A, B, strict=True)]
DAYS = [datetime(2024, 1, 5, 9 + i % 2, 30) + timedelta(days=_rng.randint(0, 700)) for i in ROWS]


def text(header, *columns, delimiter=","):
    rows = [header, *(map(str, row) for row in zip(*columns, strict=True))]
    return "\n".join(delimiter.join(row) for row in rows) + "\n"


def column(values):
    """A table whose column `c` is odd."""
    return text(["a", "c", "y"], A, values, Y)


def days(form):
    return column([f'"{day.strftime(form)}"' for day in DAYS])


def some(values, other, every=7):
    """The values with another one here and there."""
    return [other if i % every == 3 else value for i, value in enumerate(values)]


TABLE = text(["a", "b", "place", "y"], A, B, PLACE, Y)
HEAD, BODY = TABLE.split("\n", 1)
LINES = TABLE.splitlines(keepends=True)
OBJECTS = [{"a": a, "b": b, "y": y} for a, b, y in zip(A, B, Y, strict=True)]


def lines(change):
    """JSON lines of objects that `change` makes of the usual ones and their numbers."""
    return "\n".join(json.dumps(change(i, dict(each))) for i, each in enumerate(OBJECTS))


def packed(path, **members):
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)


def xlsx(path):
    packed(path, **{"[Content_Types].xml": "<Types/>", "xl/workbook.xml": "<workbook/>"})


def zipped(path):
    packed(path, **{"../../table.csv": TABLE})


GZIP = gzip.compress(TABLE.encode())
X = np.random.default_rng(0).normal(size=(60, 4))
FEW = np.arange(60) % 2


def arrays(**named):
    return lambda path: np.savez(path, **{"x": X, "y": FEW, **named})


def put(path, content):
    """Writes a file: texts, bytes, or by a function of the path."""
    if callable(content):
        content(path)
    else:
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path
