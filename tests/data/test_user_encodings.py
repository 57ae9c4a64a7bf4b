"""Encodings and dialects: what the start of a file tells, and what is refused with a command that mends
it."""

import pytest

from suite.data.user.dialect import dialect
from suite.data.user.encodings import decoded, encoding

WORDS = {
    "cp949": "강남 마포 노원 높음 낮음 서울",
    "gb18030": "北京 上海 广州 很好 不好 城市 价格 质量 颜色 数量 时间 地点",
    "big5": "台北 高雄 臺中 很好 價格",
    "cp932": "東京 大阪 名古屋 高い 低い カタカナ とても よい わるい ねだん いろ みせ",
    "euc_jp": "東京 大阪 名古屋 高い 低い カタカナ とても よい わるい ねだん いろ みせ",
    "cp1251": "Москва Казань высокий низкий",
    "koi8_r": "Москва Казань высокий низкий", "cp1256": "القاهرة بيروت",
    "cp874": "กรุงเทพ เชียงใหม่", "cp1252": "Nürnberg Köln größer",
}  # fmt: skip


def file(tmp_path, text, name="utf-8", suffix=".csv"):
    path = tmp_path / f"a{suffix}"
    path.write_bytes(text.encode(name))
    return path


@pytest.mark.parametrize("name", WORDS)
def test_an_encoding_is_recognised_or_refused_never_mistaken(name, tmp_path):
    text = "x,y\n" + "".join(f"{word},{i}\n" for i in range(5) for word in WORDS[name].split())
    path = file(tmp_path, text, name)
    refusal = None
    try:
        found, note = encoding(path, None)
    except ValueError as error:
        refusal = str(error)
    if refusal is not None:
        assert f"{name} ('" in refusal
    else:
        assert decoded(path, found).decode() == text
        assert note.startswith("Read as ")


@pytest.mark.parametrize("name", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-8-sig", "utf-8"])
@pytest.mark.parametrize("word", ["plain", "가나다", "été"])
def test_unicode(name, word, tmp_path):
    text = "x,y\n" + f"{word},1\n" * 30
    path = file(tmp_path, text, name)
    assert decoded(path, encoding(path, None)[0]).decode() == text


@pytest.mark.parametrize(
    ("text", "name", "message"),
    [
        ("São,Málaga\n" * 9, "cp1252",
         r"line 1, byte 1: 0xe3. It may be cp1252 \('São'\), cp1250 \('Săo'\).*encoding=cp1252"),
        ("Gdańsk,śnieg\n" * 9, "cp1250", r"'Gdañsk'.*'Gdańsk'"),
        ("a\n" * 5 + "né\n", "latin-1", r"expects UTF-8. Received: a.csv, line 6, byte 11: 0xe9"),
    ],
)  # fmt: skip
def test_letters_that_two_encodings_have_are_not_guessed(text, name, message, tmp_path):
    path = file(tmp_path, text, name)
    with pytest.raises(ValueError, match=message):
        encoding(path, None)
    assert encoding(path, name) == (name, "")
    with pytest.raises(
        ValueError, match=r"`encoding` must be that of a.csv. Received: encoding='utf-8', line"
    ):
        encoding(path, "utf-8")


@pytest.mark.parametrize(
    ("text", "names", "delimiter", "above"),
    [
        ("a,b\n1,2\n", ("a", "b"), ",", 1),
        ("a;b\n1,5;2,5\n3,5;4,5\n", ("a", "b"), ";", 1),
        ("a|b|c\n1|2|3\n", ("a", "b", "c"), "|", 1),
        ("a\tb\n1,5\t2\n", ("a", "b"), "\t", 1),
        ("sep=;\na;b\n1;2\n", ("a", "b"), ";", 2),
        ("# made by hand\n# 2024\na,b\n1,2\n", ("a", "b"), ",", 3),
        ("# one, two\na,b\n1,2\n", ("a", "b"), ",", 2),
        ("#,b\n1,2\n", ("#", "b"), ",", 1),
        ("Report\n\na,b\n1,2\n3,4\n", ("a", "b"), ",", 3),
        (" a , b \n1,2\n", ("a", "b"), ",", 1),
        ('"a, b","c"\n1,2\n', ("a, b", "c"), ",", 1),
        ('"a\nb",c\n1,2\n', ("a b", "c"), ",", 2),
        ("a,b\r\n1,2\r\n", ("a", "b"), ",", 1),
        ("text\nhello\nworld\n", ("text",), ",", 1),
        (",b\n0,2\n1,3\n", ("column 1", "b"), ",", 1),
        ("a,b,\n1,2,\n", ("a", "b", "column 3"), ",", 1),
        ("a,b\n1,2,\n3,4,\n", ("a", "b", "column 3"), ",", 1),
        ("a,b\nx,1,2\ny,3,4\n", ("column 1", "a", "b"), ",", 1),
    ],
)
def test_dialects(text, names, delimiter, above, tmp_path):
    found = dialect(file(tmp_path, text))
    assert (found.names, found.delimiter, found.above) == (names, delimiter, above)


def test_single_quotes_and_columns_that_stand_for_nothing(tmp_path):
    found = dialect(file(tmp_path, "a,b,\n'x, y','1',\n'z','2',\n"))
    assert (found.quote, found.empty) == ("'", ("column 3",))
