from __future__ import annotations

import ast
import warnings

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigclock.python.names.syntax import SourceFile, UnreadableSource, needed_python, parse_source

UNTOLD = "which Python reads this cannot be told"
BOM = b"\xef\xbb\xbf"


def strings(data: bytes) -> list[bytes]:
    """The stored bytes of each string constant, by their spans."""
    source = parse_source("m.py", data)
    return [stored(source, node) for node in constants(source)]


def constants(source: SourceFile) -> list[ast.Constant]:
    nodes = [node for node in ast.walk(source.tree) if isinstance(node, ast.Constant)]
    return sorted(nodes, key=lambda node: (node.lineno, node.col_offset))


def stored(source: SourceFile, node: ast.Constant) -> bytes:
    span = source.span(node)
    return source.data[span.start : span.end]


def refusal(data: bytes) -> tuple[str, int]:
    with pytest.raises(UnreadableSource) as caught:
        parse_source("m.py", data)
    return caught.value.reason, caught.value.line


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        pytest.param(b'x = "1"\n', [b'"1"'], id="plain"),
        pytest.param(BOM + b'x = "1"; y = "2"\nz = "3"', [b'"1"', b'"2"', b'"3"'], id="bom"),
        pytest.param(b'a = "1"\r\n\r\nb = "2"\r\n', [b'"1"', b'"2"'], id="crlf"),
        pytest.param(b'a = "1"\r\rb = "2"\r', [b'"1"', b'"2"'], id="cr"),
        pytest.param(b'a = "1"\r\r\nb = "2"\n', [b'"1"', b'"2"'], id="cr then crlf"),
        pytest.param(b'a = "1"\n\x0cb = "2";\x0c c = 3', [b'"1"', b'"2"', b"3"], id="form feed"),
        pytest.param(b'if 1.5:\n\tx =\t"1"\n', [b"1.5", b'"1"'], id="tab"),
        pytest.param(
            'é, x = "é\u2028", "1"\n'.encode(), ['"é\u2028"'.encode(), b'"1"'], id="utf-8"
        ),
        pytest.param(b'x = """a\r\nb""", "1"', [b'"""a\r\nb"""', b'"1"'], id="triple quoted"),
        pytest.param(b'x = ("1"  # a\n     ".0")', [b'"1"  # a\n     ".0"'], id="several pieces"),
        pytest.param(b'"\\d"\n"1"', [b'"\\d"', b'"1"'], id="an invalid escape warns nobody"),
        pytest.param(b"# coding: ascii\nx = '1'", [b"'1'"], id="ascii cookie"),
        pytest.param(
            b"# coding: utf-8-sig\nx = '\xc3\xa9', '1'", [b"'\xc3\xa9'", b"'1'"], id="utf-8-sig"
        ),
        pytest.param(
            b"# \xe9\n# coding: latin-1\nx = '\xe9', '1'", [b"'\xe9'", b"'1'"], id="latin-1"
        ),
        pytest.param(
            b"#!\r# coding: latin-1\r'\xe9', '1'", [b"'\xe9'", b"'1'"], id="cookie between CRs"
        ),
        pytest.param(b"# hi\rx = '1'  # coding: foo", [b"'1'"], id="no cookie after code"),
    ],
)
def test_span(data: bytes, expected: list[bytes]) -> None:
    assert strings(data) == expected


@pytest.mark.parametrize(
    "encoding",
    ["cp1252", "shift_jis", "cp932", "euc-jp", "gb18030", "big5", "koi8-r", "utf-7", "iso-2022-jp"],
)
def test_span_in_encoding(encoding: str) -> None:
    word = {"cp1252": "é", "koi8-r": "ж"}.get(encoding, "表")
    data = f"# coding: {encoding}\nx = '{word}', '1'; y = '{word}2'\n".encode(encoding)

    assert strings(data) == [text.encode(encoding) for text in (f"'{word}'", "'1'", f"'{word}2'")]


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"# coding: unicode_escape\nx = 1\\ny = '1'\nz = '1'\n", id="made line end"),
        pytest.param(b"# coding: iso-2022-jp\n'\x1b$BF|', '1\x1b(B'\n", id="shifted quotes"),
        pytest.param(b"# coding: utf-7\nx = '+AGE-', +ACIAMQAi-\n", id="encoded quotes"),
    ],
)
def test_span_is_refused_where_bytes_are_not_the_text(data: bytes) -> None:
    try:
        source = parse_source("m.py", data)
    except UnreadableSource:
        return
    with pytest.raises(UnreadableSource):
        source.span(constants(source)[-1])


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        pytest.param(b"x = 1\r\ny = \0", ("a NUL byte", 2), id="NUL"),
        pytest.param(
            b"x = 1\r\ry = '\xff'",
            ("not utf-8: byte 0xff, invalid start byte", 3),
            id="not utf-8",
        ),
        pytest.param(
            b"# coding: ascii\n\n'\xe9'",
            ("not ascii: byte 0xe9, ordinal not in range(128)", 3),
            id="not ascii",
        ),
        pytest.param(b"\n# coding: foo\n", ("unknown encoding: foo", 2), id="unknown encoding"),
        pytest.param(b"x = 1\n\nx === 2\n", (f"invalid syntax; {UNTOLD}", 3), id="syntax"),
        pytest.param(
            BOM + b"# coding: latin-1\n", ("encoding problem: iso-8859-1 with BOM", 1), id="bom"
        ),
        pytest.param(b"x = " + b"-" * 100_000 + b"1", ("nested too deeply", 1), id="deep"),
        pytest.param(b"(" * 100_000, ("too many nested parentheses", 1), id="parentheses"),
        pytest.param(
            b"# coding: hex\n",
            (
                "'hex' is not a text encoding; use codecs.decode() to handle arbitrary codecs",
                1,
            ),
            id="no text encoding",
        ),
    ],
)
def test_unreadable(data: bytes, expected: tuple[str, int]) -> None:
    assert refusal(data) == expected


@pytest.mark.parametrize(
    ("line", "said", "needed"),
    [
        ("except* ValueError:", "expected one or more", "3.11"),
        ("x[*rows]", "invalid syntax", "3.11"),
        ("type Row = int", "invalid syntax", "3.12"),
        ("class Row[T]:", "invalid syntax", "3.12"),
        ("async def rows[T](x: T) -> T:", "expected '('", "3.12"),
        ('x = f"{d["a"]}"', "f-string: expecting '}'", "3.12"),
        ("class Row[T = int]:", "invalid syntax", "3.13"),
        ("except KeyError, ValueError:", "multiple exception types must be parenthesized", "3.14"),
        ('x = t"{name}"', "invalid syntax", "3.14"),
        ("except KeyError, error:", "multiple exception types must be parenthesized", UNTOLD),
        ("print 'a'", "Missing parentheses in call to 'print'", UNTOLD),
        ('x = f"{d}" = =', "invalid syntax", UNTOLD),
        ("x = (", "'(' was never closed", ""),
    ],
)
def test_the_python_that_is_needed_is_named(line: str, said: str, needed: str) -> None:
    told = needed_python(f"{line}\n".encode(), 1, said, (3, 10))
    named = f"this is written for Python {needed}, run sigclock under it"
    assert told.removeprefix("; ") == (named if needed[:1].isdigit() else needed)


@pytest.mark.parametrize(
    "codec", ["undefined", "idna", "punycode", "utf-16", "utf-32", "rot13", "zlib", "cp037"]
)
def test_an_odd_codec_is_no_crash(codec: str) -> None:
    data = b"# coding: %s\nx = '\xe9'\n" % codec.encode()

    with pytest.raises(UnreadableSource):
        parse_source("m.py", data)


def test_warning_filters_are_as_before() -> None:
    before = list(warnings.filters)
    parse_source("m.py", b"'\\d'")

    assert warnings.filters == before


def test_constants_inside_an_f_string_are_right_or_refused() -> None:
    source = parse_source("m.py", b"x = f\"\xc3\xa9 {t(v='1.0')} {t(v='1.0')}\"")

    assert {read_back(source, node) for node in constants(source)} <= {True, None}


def read_back(source: SourceFile, node: ast.Constant) -> bool | None:
    try:
        return bool(ast.literal_eval(stored(source, node).decode()) == node.value)
    except UnreadableSource:
        return None


@given(
    st.sampled_from(
        [b"", BOM, b"# coding: latin-1\n", b"# coding: shift_jis\r", b"# coding: utf-7\n"]
    ),
    st.lists(
        st.sampled_from(
            [
                b"'1'",
                b"\n",
                b"\r",
                b"\r\n",
                b",",
                b"\x0c",
                b"\xe9",
                b"+AGE-",
                b"\\",
                b"#",
                b"'\x81\x5c'",
                "'é\u2028'".encode(),
            ]
        )
    ),
)
def test_any_bytes_give_true_spans_or_a_refusal(head: bytes, parts: list[bytes]) -> None:
    try:
        source = parse_source("m.py", head + b"".join(parts))
    except UnreadableSource:
        return
    spans = [source.span(node) for node in constants(source)]

    assert [source.data[span.start : span.end].strip(b"'") == b"1" for span in spans] == [
        node.value == "1" for node in constants(source)
    ]
