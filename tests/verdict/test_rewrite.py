from __future__ import annotations

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigclock.errors import EditError
from sigclock.lock.schemes import literal
from sigclock.python.names.syntax import parse_source
from sigclock.source import Edit, Span
from sigclock.verdict.rewrite import diff, rewrite

BOM = b"\xef\xbb\xbf"


def bump(data: bytes, old: str = "1.0", new: str = "1.1") -> bytes:
    """Rewrite every constant whose text is `old`."""
    source = parse_source("m.py", data)
    nodes = [node for node in ast.walk(source.tree) if isinstance(node, ast.Constant)]
    edits = []
    for node in nodes:
        if str(node.value) == old:
            span = source.span(node)
            before = data[span.start : span.end]
            after = literal(before, node.value, new, source.encoding)
            edits.append(Edit("m.py", span, before, after))
    return rewrite(data, edits)


def edit(start: int, before: bytes, after: bytes) -> Edit:
    return Edit("m.py", Span(start, start + len(before)), before, after)


def refusal(data: bytes, *edits: Edit) -> str:
    with pytest.raises(EditError) as caught:
        rewrite(data, edits)
    return caught.value.message


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(b'v = "1.0"\n', b'v = "1.1"\n', id="double quotes"),
        pytest.param(b"v='1.0';w=u'1.0'", b"v='1.1';w=u'1.1'", id="two on a line, no newline"),
        pytest.param(b"v = 1.0 # 1.0\n", b"v = 1.1 # 1.0\n", id="number, and a comment"),
        pytest.param(
            b'@task(\r\n\tcache=True,\r\n\tcache_version="1.0",\r\n)\r\ndef f(): ...\r\n',
            b'@task(\r\n\tcache=True,\r\n\tcache_version="1.1",\r\n)\r\ndef f(): ...\r\n',
            id="CRLF, tabs, several lines",
        ),
        pytest.param(b'a = 1\rv = "1.0"\r', b'a = 1\rv = "1.1"\r', id="CR"),
        pytest.param(BOM + b'v = "1.0"', BOM + b'v = "1.1"', id="BOM"),
        pytest.param(
            b'a = 1\n\x0c\nv =\x0c"1.0"\n', b'a = 1\n\x0c\nv =\x0c"1.1"\n', id="form feed"
        ),
        pytest.param(b'v = """1.0"""  \n\n\n', b'v = """1.1"""  \n\n\n', id="triple quotes"),
        pytest.param(
            'é("日本", v="1.0", w="é")\n'.encode(),
            'é("日本", v="1.1", w="é")\n'.encode(),
            id="other letters on the line",
        ),
        pytest.param(
            b"# coding: latin-1\nv = '\xe9', '1.0' # \xe9\xff\n",
            b"# coding: latin-1\nv = '\xe9', '1.1' # \xe9\xff\n",
            id="latin-1",
        ),
        pytest.param(
            b"# coding: cp1252\r\nv = '\x80', '1.0' # \x93\r\n",
            b"# coding: cp1252\r\nv = '\x80', '1.1' # \x93\r\n",
            id="cp1252",
        ),
        pytest.param(
            BOM + b"# coding: utf-8-sig\nv = '1.0'\n",
            BOM + b"# coding: utf-8-sig\nv = '1.1'\n",
            id="utf-8-sig",
        ),
        pytest.param(b"f(1.0)(v='1.0')", b"f(1.1)(v='1.1')", id="a number and a string"),
        pytest.param(b"'\\d', '1.0'", b"'\\d', '1.1'", id="an invalid escape nearby"),
        pytest.param(b"v = '2.0'", b"v = '2.0'", id="nothing to do"),
    ],
)
def test_rewrite(before: bytes, after: bytes) -> None:
    assert bump(before) == after


@pytest.mark.parametrize("encoding", ["shift_jis", "euc-jp", "gb18030", "big5", "iso-2022-jp"])
def test_rewrite_in_encoding(encoding: str) -> None:
    text = "# coding: {}\nf('表', v='{}', w='日')  # 表\n"

    assert bump(text.format(encoding, "1.0").encode(encoding)) == text.format(
        encoding, "1.1"
    ).encode(encoding)


def test_longer_versions_move_what_follows() -> None:
    assert bump(b"'9'; '9'\n'9'", "9", "10") == b"'10'; '10'\n'10'"


def test_an_edit_given_twice_counts_once() -> None:
    same = edit(4, b"'1'", b"'2'")

    assert rewrite(b"v = '1'", [same, same]) == b"v = '2'"


@pytest.mark.parametrize(
    ("data", "edits", "message"),
    [
        pytest.param(
            b"v = '1'",
            [edit(4, b"'0'", b"'2'")],
            "the file changed since it was read",
            id="other bytes",
        ),
        pytest.param(
            b"v = '1'",
            [edit(-3, b"'1'", b"'2'")],
            "the file changed since it was read",
            id="outside",
        ),
        pytest.param(
            b"v = '1'",
            [Edit("m.py", Span(-3, 7), b"'1'", b"'2'")],
            "the file changed since it was read",
            id="counted from the end",
        ),
        pytest.param(
            b"v = '1'",
            [edit(7, b"", b"'2'")],
            "the file changed since it was read",
            id="of nothing",
        ),
        pytest.param(
            b"'1', '2'",
            [edit(0, b"'1'", b"'3'"), Edit("n.py", Span(5, 8), b"'2'", b"'4'")],
            "two edits collide",
            id="of two files",
        ),
        pytest.param(
            b"v = '1'",
            [edit(4, b"'1'", b"'2'\nw = '3'")],
            "the edited file would not read as intended (line 1: other code changed)",
            id="another statement",
        ),
        pytest.param(
            b"v = '1'",
            [edit(4, b"'1'", b"'2'"), edit(4, b"'1'", b"'3'")],
            "two edits collide",
            id="two at one place",
        ),
        pytest.param(
            b"v = '1'",
            [edit(4, b"'1'", b"'2'"), edit(5, b"1", b"2")],
            "two edits collide",
            id="overlap",
        ),
        pytest.param(
            b"v = '1'",
            [edit(4, b"'1'", b"'2' # x")],
            "the edit would change more than version literals",
            id="a comment added",
        ),
        pytest.param(
            b"v = '1'",
            [edit(4, b"'1'", b"('2')")],
            "the edit would change more than version literals",
            id="parentheses added",
        ),
        pytest.param(
            b"v = '1'",
            [edit(5, b"1", b"2")],
            "the edit would change more than version literals",
            id="inside a literal",
        ),
        pytest.param(
            b"v = '1'",
            [edit(4, b"'1'", b'"1"')],
            "the edit would change more than version literals",
            id="no change of value",
        ),
        pytest.param(
            b"v = '1'",
            [edit(0, b"v", b"w")],
            "the edited file would not read as intended (line 1: other code changed)",
            id="a name",
        ),
        pytest.param(
            b"v = '1'",
            [edit(4, b"'1'", b"'2', '3'")],
            "the edited file would not read as intended (line 1: other code changed)",
            id="another node",
        ),
        pytest.param(
            b"\nv = '1'",
            [edit(5, b"'1'", b"'2', '3'")],
            "the edited file would not read as intended (line 2: other code changed)",
            id="another node on a later line",
        ),
        pytest.param(
            b"v = w",
            [edit(4, b"w", b"'2'")],
            "the edited file would not read as intended (line 1: other code changed)",
            id="a constant for a name",
        ),
        pytest.param(
            b"v = '1'",
            [edit(4, b"'1'", b"'2")],
            "the edited file would not read as intended "
            "(line 1: unterminated string literal (detected at line 1))",
            id="no Python",
        ),
        pytest.param(
            b"v = '1' '2'",
            [edit(4, b"'1'", b"'2'")],
            "the edit would change more than version literals",
            id="one piece of two",
        ),
        pytest.param(
            b"v = '1''2'",
            [edit(4, b"'1'", b"'3'"), edit(7, b"'2'", b"'4'")],
            "the edit would change more than version literals",
            id="both pieces of two",
        ),
        pytest.param(
            b"(",
            [edit(0, b"(", b"1")],
            "the edited file would not read as intended (line 1: '(' was never closed)",
            id="no Python before",
        ),
        pytest.param(
            b"# coding: iso-2022-jp\n'\x1b$BF|\x1b(B1'",
            [edit(23, b"\x1b$BF|\x1b(B1", b"\x1b$BF|2")],
            "the edited file would not read as intended "
            "(line 2: unterminated string literal (detected at line 2))",
            id="a shift state left open",
        ),
    ],
)
def test_refusals(data: bytes, edits: list[Edit], message: str) -> None:
    assert refusal(data, *edits) == message


AGAIN = "nothing was written; run `sigclock update` again"
BY_HAND = "nothing was written; change the version by hand"


@pytest.mark.parametrize(
    ("edits", "advice"),
    [
        pytest.param([edit(4, b"'0'", b"'2'")], AGAIN, id="other bytes"),
        pytest.param([edit(4, b"'1'", b"'2'"), edit(5, b"1", b"2")], BY_HAND, id="overlap"),
        pytest.param([edit(4, b"'1'", b"'2")], BY_HAND, id="no Python"),
        pytest.param([edit(5, b"1", b"2")], BY_HAND, id="inside a literal"),
    ],
)
def test_a_refusal_says_where_and_what_to_do(edits: list[Edit], advice: str) -> None:
    with pytest.raises(EditError) as caught:
        rewrite(b"v = '1'", edits)
    assert (caught.value.location, caught.value.advice) == ("m.py", advice)


pieces = st.sampled_from(
    ["'1.0'", '"1.0"', "'''1.0'''", "1.0", "'é'", "f(v='1.0')", "'\\\n'", "[\r\n'1.0']", "('a'\t)"]
)
line_ends = st.sampled_from(["\n", "\r\n", "\r", ";", "\x0c\n", "  # é\n"])


@given(st.sampled_from(["utf-8", "latin-1"]), st.lists(st.tuples(pieces, line_ends)))
def test_only_the_literals_change(encoding: str, parts: list[tuple[str, str]]) -> None:
    lines = (piece + end for piece, end in parts)
    data = f"# coding: {encoding}\n{''.join(lines)}".encode(encoding)

    assert bump(data) == data.replace(b"1.0", b"1.1")


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        pytest.param(b"a\n", b"a\n", "", id="same"),
        pytest.param(
            b"a\r\nb\r\n",
            b"a\r\nc\r\n",
            "--- a/m.py\n+++ b/m.py\n@@ -1,2 +1,2 @@\n a\r\n-b\r\n+c\r\n",
            id="CRLF",
        ),
        pytest.param(
            b"a",
            b"b\n",
            "--- a/m.py\n+++ b/m.py\n@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+b\n",
            id="no newline at the end",
        ),
        pytest.param(
            None, b"a\n", "--- /dev/null\n+++ b/m.py\n@@ -0,0 +1 @@\n+a\n", id="a new file"
        ),
        pytest.param(
            b"\xff\n",
            "é\u2028\n".encode(),
            "--- a/m.py\n+++ b/m.py\n@@ -1 +1 @@\n-\\xff\n+é\u2028\n",
            id="undecodable",
        ),
        pytest.param(
            b"# coding: latin-1\n\xe9\n",
            b"# coding: latin-1\n\xe8\n",
            "--- a/m.py\n+++ b/m.py\n@@ -1,2 +1,2 @@\n # coding: latin-1\n-é\n+è\n",
            id="latin-1",
        ),
    ],
)
def test_diff(before: bytes | None, after: bytes, expected: str) -> None:
    assert diff("m.py", before, after) == expected


@pytest.mark.parametrize(
    ("path", "header"),
    [
        ("a b/é.py", "--- a/a b/é.py"),
        ('a\n"\\.py', '--- "a/a\\012\\"\\\\.py"'),
        ("\udcff.py", '--- "a/\\377.py"'),
    ],
)
def test_diff_names_a_hostile_path_on_one_line(path: str, header: str) -> None:
    assert diff(path, b"a", b"b").split("\n")[0] == header
