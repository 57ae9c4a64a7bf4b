"""Writes small invented inputs, each of a kind that people have reported of such tools; test_cases.py says
what is right."""

import csv
import random
import shutil
import struct
import zlib

from PIL import Image


def table(folder, name, header, rows, delimiter=",", encoding="utf-8"):
    path = folder / name
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.writer(file, delimiter=delimiter, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)
    return path


def png_bytes(rows, color, palette=b"", transparency=b"", orientation=None):
    """rows: bytes per line; color: 0 grey, 2 RGB, 3 palette, 6 RGBA; orientation: an EXIF orientation."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    width = len(rows[0]) // {0: 1, 2: 3, 3: 1, 6: 4}[color]
    out = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, len(rows), 8, color, 0, 0, 0))
    if orientation:
        tiff = b"II*\0" + struct.pack("<IHHHIHHI", 8, 1, 0x0112, 3, 1, orientation, 0, 0)
        out += chunk(b"eXIf", tiff)
    out += chunk(b"PLTE", palette) if palette else b""
    out += chunk(b"tRNS", transparency) if transparency else b""
    return out + chunk(b"IDAT", zlib.compress(b"".join(b"\0" + row for row in rows))) + chunk(b"IEND", b"")


def write(path, data):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def grey_square(rng, level, side=12):
    return [bytes(max(0, min(255, level + rng.randint(-20, 20))) for _ in range(side)) for _ in range(side)]


def case_00(folder):
    """plain.csv (nothing odd about it), tiny.py (a quick search), used by many cases."""
    rng, rows = random.Random(0), []
    for _ in range(600):
        a, b, c = rng.gauss(0, 1), rng.gauss(5, 2), rng.choice(["north", "south", "east"])
        score = 2 * a - 0.8 * (b - 5) + {"north": 1, "south": -1, "east": 0}[c] + rng.gauss(0, 0.5)
        rows.append([f"{a:.3f}", f"{b:.3f}", c, "yes" if score > 0 else "no"])
    table(folder, "plain.csv", ["a", "b", "c", "y"], rows)
    (folder / "tiny.py").write_text(
        '"""Which learning rate trains this small network best?"""\n\n'
        "from suite import Config, LogUniform, Study\n\n"
        "STUDY = Study(\n    question=__doc__,\n"
        '    fixed=Config(dataset="iris", model="dense", width=32, depth=1, batch_size=16, epochs=30),\n'
        '    nuisance={"learning_rate": LogUniform(1e-3, 3e-2)},\n    budget=3,\n    replicates=3,\n)\n'
    )


def case_01(folder):
    rng, rows = random.Random(1), []
    for _ in range(400):
        area, rooms, place = (
            rng.randrange(400, 3000) / 20,
            rng.randint(1, 6),
            rng.choice(["Nord", "Sued", "Mitte"]),
        )
        price = 90 * area + 500 * rooms + rng.gauss(0, 300)
        rows.append([f"{area:.2f}".replace(".", ","), rooms, place, f"{price:.2f}".replace(".", ",")])
    table(folder, "01_decimal_comma.csv", ["flaeche", "zimmer", "ort", "preis"], rows, delimiter=";")
    classes = [[*row[:3], "teuer" if float(row[3].replace(",", ".")) > 9000 else "billig"] for row in rows]
    table(
        folder, "01_decimal_comma_class.csv", ["flaeche", "zimmer", "ort", "klasse"], classes, delimiter=";"
    )


def case_02(folder):
    rng, rows = random.Random(2), []
    for _ in range(300):
        area = rng.uniform(20, 150)
        place = rng.choice(["강남", "마포", "노원"])
        grade = "높음" if area + {"강남": 40, "마포": 10, "노원": -20}[place] > 95 else "낮음"
        rows.append([place, f"{area:.1f}", rng.randint(1, 25), grade])
    table(folder, "02_cp949.csv", ["지역", "면적", "층", "등급"], rows, encoding="cp949")
    table(folder, "02_cp949_ascii_header.csv", ["place", "area", "floor", "grade"], rows, encoding="cp949")
    table(
        folder, "02_utf16_tabs.tsv", ["지역", "면적", "층", "등급"], rows, delimiter="\t", encoding="utf-16"
    )
    table(folder, "02_utf8_bom.csv", ["지역", "면적", "층", "등급"], rows, encoding="utf-8-sig")


def case_04(folder):
    rng = random.Random(4)
    index = sorted(rng.sample(range(5000), 1000))
    rows = [
        [i, f"{rng.gauss(0, 1):.3f}", f"{rng.gauss(0, 1):.3f}", "a" if place < 500 else "b"]
        for place, i in enumerate(index)
    ]
    table(folder, "04_index_column.csv", ["", "x1", "x2", "y"], rows)
    table(folder, "04_unnamed_0.csv", ["Unnamed: 0", "x1", "x2", "y"], rows)


def case_05(folder):
    rng, rows = random.Random(5), []
    header = [
        "length (cm)",
        "weight/kg",
        "class",
        "inputs",
        "self",
        "index",
        "lambda",
        "1st visit",
        "나이",
        "소득",
        "y n",
    ]
    for _ in range(400):
        values = [rng.gauss(0, 1) for _ in range(10)]
        label = (
            "yes" if values[8] - values[9] + 0.3 * values[0] > 0 else "no"
        )  # the two Korean columns pull apart
        rows.append([*(f"{value:.3f}" for value in values), label])
    table(folder, "05_column_names.csv", header, rows)


def case_06(folder):
    rng, rows = random.Random(6), []
    for _ in range(400):
        turnover, price, share, weight = (
            rng.randint(300, 90_000),
            rng.uniform(5, 4000),
            rng.randint(0, 100),
            rng.uniform(1, 90),
        )
        label = "big" if turnover > 30_000 else "small"
        rows.append([f"{turnover:,}", f"${price:,.2f}", f"{share}%", f"{weight:.1f} kg", label])
    table(folder, "06_thousands_units.csv", ["turnover", "price", "share", "weight", "size"], rows)


def case_09(folder):
    rng = random.Random(9)
    once = [[*(f"{rng.gauss(0, 1):.3f}" for _ in range(6)), rng.choice(["spam", "ham"])] for _ in range(60)]
    rows = once * 20
    rng.shuffle(rows)
    table(folder, "09_duplicates.csv", [*"abcdef", "kind"], rows)


def case_10(folder):
    rng = random.Random(10)
    codes = rng.sample(range(501, 9999), 30)
    label = {code: rng.choice(["urban", "rural"]) for code in codes}
    rows = [[f"{code:05d}", f"{rng.gauss(0, 1):.3f}", label[code]] for code in rng.choices(codes, k=900)]
    table(folder, "10_leading_zero_codes.csv", ["postcode", "x", "area"], rows)


def case_12(folder):
    rng = random.Random(12)
    for label in ("up", "down"):
        for i in range(60):
            half = [bytes(rng.randint(180, 230) for _ in range(16)) for _ in range(8)]
            dark = [bytes(rng.randint(20, 70) for _ in range(16)) for _ in range(8)]
            seen = half + dark if label == "up" else dark + half
            turned = i % 2 == 0  # stored upside down, with an orientation that a viewer obeys
            stored = [row[::-1] for row in seen[::-1]] if turned else seen
            write(
                folder / "12_exif_png" / label / f"{i}.png",
                png_bytes(stored, 0, orientation=3 if turned else 1),
            )
            jpegs = folder / "12_exif_jpg" / label
            jpegs.mkdir(parents=True, exist_ok=True)
            exif = Image.Exif()
            exif[0x0112] = 3 if turned else 1
            Image.frombytes("L", (16, 16), b"".join(stored)).save(
                jpegs / f"{i}.jpg", quality=95, exif=exif.tobytes()
            )


def case_16(folder):
    rng, rows = random.Random(16), []
    plain = [chr(code) for code in range(0x5E00, 0x5E50)]
    for _ in range(600):
        label = rng.choice(["pos", "neg"])
        text = [rng.choice(plain) for _ in range(rng.randint(10, 18))]
        text.insert(rng.randrange(len(text)), rng.choice("好棒赞" if label == "pos" else "坏差烂"))
        rows.append(["".join(text), rng.choice("AB"), label])
    table(folder, "16_no_spaces.csv", ["text", "shop", "label"], rows)
    table(folder, "16_no_spaces_only.csv", ["text", "label"], [[text, label] for text, _, label in rows])


def case_18(folder):
    rng, rows = random.Random(18), []
    for _ in range(500):
        area, rooms, age = rng.uniform(40, 400), rng.randint(1, 9), rng.randint(0, 90)
        rows.append(
            [f"{area:.1f}", rooms, age, round(1700 * area + 9000 * rooms - 800 * age + rng.gauss(0, 15_000))]
        )
    table(folder, "18_house_prices.csv", ["area", "rooms", "age", "price"], rows)
    for name, low, high in (("18_diverge", 1e-3, 1e3), ("18_all_diverge", 1e4, 1e6)):
        (folder / f"{name}.py").write_text(
            '"""Which learning rate of SGD predicts house prices best?"""\n\n'
            "from suite import Config, LogUniform, Study\n\n"
            "STUDY = Study(\n    question=__doc__,\n    fixed=Config(\n"
            f'        dataset="{folder}/18_house_prices.csv", target="price:regression", '
            'optimizer="sgd", width=32, batch_size=16,\n'
            f'        epochs=10,\n    ),\n    nuisance={{"learning_rate": LogUniform({low:g}, {high:g})}},\n'
            '    sampler="tpe",\n    budget=12,\n    replicates=3,\n)\n'
        )


def case_20(folder):
    (folder / "20_integer.py").write_text(
        '"""How wide should the hidden layer be?"""\n\n'
        "from suite import Config, LogUniform, Study, Uniform\n\n"
        'STUDY = Study(\n    question=__doc__,\n    fixed=Config(dataset="iris", epochs=10, batch_size=16),\n'
        '    nuisance={"width": Uniform(16, 128), "learning_rate": LogUniform(1e-3, 1e-2)},\n'
        "    budget=4,\n    replicates=2,\n)\n"
    )


def case_26(folder):
    shutil.copy(folder / "plain.csv", folder / "26 매출 100% (최종), v=2.csv")
    (folder / "26_models.py").write_text(
        '"""Which of our two models is better?' + " It is asked at length." * 300 + '"""\n\n'
        "from suite import Config, LogUniform, Study\n\nSTUDY = Study(\n    question=__doc__,\n"
        f'    fixed=Config(dataset="{folder}/plain.csv", target="y", batch_size=16, epochs=5),\n'
        f'    scientific={{"model": ("dense", "{folder}/33_logits_model.py")}},\n'
        '    nuisance={"learning_rate": LogUniform(1e-3, 1e-2)},\n    budget=2,\n    replicates=2,\n)\n'
    )


def case_33(folder):
    for name, last in (("33_softmax_model", ', activation="softmax"'), ("33_logits_model", "")):
        (folder / f"{name}.py").write_text(
            '"""A model of our own."""\n\nimport keras\n\n\n'
            "def build(*, input_shape, num_outputs, width=32):\n    inputs = keras.Input(input_shape)\n"
            "    x = keras.layers.Flatten()(inputs)\n"
            '    x = keras.layers.Dense(width, activation="relu")(x)\n'
            f"    return keras.Model(inputs, keras.layers.Dense(num_outputs{last})(x))\n"
        )


def case_34(folder):
    rng = random.Random(34)
    rows = [
        [*(f"{rng.gauss(0, 1):.3f}" for _ in range(5)), "fraud" if i % 100 == 0 else "fine"]
        for i in range(3000)
    ]
    table(folder, "34_imbalanced.csv", [*"abcde", "kind"], rows)


def make(folder):
    """Writes all of them."""
    folder.mkdir(parents=True, exist_ok=True)
    for _, case in sorted((name, value) for name, value in globals().items() if name.startswith("case_")):
        case(folder)
