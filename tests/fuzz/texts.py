"""Trees whose text is hostile: endless numbers and lines, letters that no encoding has."""

# ruff: noqa: E501 - a row of these tables is a line
from __future__ import annotations

from fuzz.shapes import TASK, Files, flow


def digits(count: int) -> dict[str, Files]:
    """Numbers and texts of great length, and those that no encoding has."""
    number, hexadecimal, text = "9" * count, "0x" + "F" * count, repr("1" * count)
    return {
        "decimal-version": flow("", version=number),
        "hexadecimal-version": flow("", version=hexadecimal),
        "minus-hexadecimal-version": flow("", version=f"-{hexadecimal}"),
        "hexadecimal-constant": flow(f"V = {hexadecimal}", version="V"),
        "hexadecimal-sum": flow(f"V = {hexadecimal}", version="str(V) + f'{V}'"),
        "hexadecimal-literal": flow("", returns=f"Literal[{hexadecimal}, -{hexadecimal}]"),
        "hexadecimal-annotation": flow("", returns=hexadecimal),
        "hexadecimal-string-annotation": flow("", returns=repr(hexadecimal)),
        "hexadecimal-enum": flow(
            f"import enum\nclass E(enum.Enum):\n    a = {hexadecimal}", returns="E"
        ),
        "hexadecimal-default": flow(
            "", more=f"{TASK}def other(x: int = {hexadecimal}) -> int: ...\n"
        ),
        "hexadecimal-expression": flow("", version=f"gone({hexadecimal})"),
        "hexadecimal-call-annotation": flow("", returns=f"gone({hexadecimal})"),
        "hexadecimal-column": flow("", returns=f"Annotated[StructuredDataset, {hexadecimal}]"),
        "hexadecimal-salt": flow(
            "from flytekit import Cache",
            more=f"@task(cache=Cache(version={hexadecimal}, salt={hexadecimal}, ignored_inputs=({hexadecimal},)))\ndef other() -> int: ...\n",
        ),
        "infinity": flow("", version="1e999", returns="Literal[1e999]"),
        "minus-infinity": flow("V = -1e999", version="V"),
        "complex": flow("", version="1j", returns="Literal[1j]"),
        "ellipsis": flow("", version="...", returns="Literal[...]"),
        "bytes": flow("", version="b'1'", returns="Literal[b'\\xff']"),
        "bool": flow("", version="True", returns="True"),
        "none": flow("", version="None"),
        "empty-version": flow("", version='""'),
        "blank-version": flow("", version='"  "'),
        "text-version": flow("", version=text),
        "text-literal": flow("", returns=f"Literal[{text}]"),
        "text-annotation": flow("", returns=text),
        "name": flow(f"class {'A' * count}: x: int", returns="A" * count),
        "task-name": flow("", more=f"{TASK}def {'g' * count}() -> int: ...\n"),
        "surrogate-version": flow("", version=r'"\ud800"'),
        "surrogate-computed": flow("", version=r'gone("\ud800")'),
        "surrogate-literal": flow("", returns=r'Literal["\ud800"]'),
        "surrogate-annotation": flow("", returns=r'"\ud800"'),
        "surrogate-field": flow(r'A = TypedDict("A", {"\ud800": int})', returns="A"),
        "surrogate-class": flow(r'A = TypedDict("\ud800", {"a": int})', returns="A"),
        "surrogate-namedtuple": flow(
            r'import collections; A = collections.namedtuple("A", ["\ud800"])', returns="A"
        ),
        "surrogate-member": flow(
            "import enum\n"
            r'E = enum.Enum("E", ["\ud800"])'
            "\nclass F(enum.Enum):\n    a = '\\udcff'",
            returns="tuple[E, F]",
        ),
        "surrogate-column": flow(
            "from flytekit import kwtypes, StructuredDataset",
            returns=r'Annotated[StructuredDataset, kwtypes(**{"\ud800": int})]',
        ),
        "surrogate-format": flow(
            "from flytekit.types.file import FlyteFile", returns=r'FlyteFile["\ud800"]'
        ),
        "surrogate-name": flow(
            "from flytekit import ContainerTask",
            more='c = ContainerTask(name="\\ud800", cache=True)\n',
        ),
        "surrogate-alias": flow(
            "import pydantic\nclass A(pydantic.BaseModel):\n    x: int = pydantic.Field(alias='\\ud800')",
            returns="A",
        ),
        "surrogate-salt": flow(
            "from flytekit import Cache",
            more='@task(cache=Cache(version="1", salt="\\ud800", ignored_inputs=("\\ud800",)))\ndef other() -> int: ...\n',
        ),
        "surrogate-import": flow(
            'import importlib\nm = importlib.import_module("\\ud800")', returns="m.A"
        ),
        "surrogate-all": {
            **flow("from m import *", returns="A"),
            "m.py": '__all__ = ["\\ud800", "A"]\nclass A: x: int\n',
        },
        "control-version": flow("", version=r'"\x00\n\r\x1b[31m\u2028"'),
        "control-literal": flow("", returns=r'Literal["\x00\n\r\x1b[31m\u2028`|<b>"]'),
        "control-field": flow(
            r'A = TypedDict("A", {"\x00\n\x1b": int, "": str, ".": str, "a.b": int})', returns="A"
        ),
        "control-name": flow(
            "from flytekit import ContainerTask",
            more='c = ContainerTask(name="\\x00\\n\\x1b[2J", cache=True)\nd = ContainerTask(name="")\n',
        ),
    }


def bytes_of_all_kinds() -> dict[str, Files]:
    """Files that no interpreter reads, or not as they look."""
    good = flow("")["flow.py"]
    assert isinstance(good, str)
    plain = good.encode()
    cookies = [
        "latin-1",
        "utf-7",
        "utf-16",
        "utf-32",
        "idna",
        "punycode",
        "rot13",
        "hex",
        "zlib",
        "unicode_escape",
        "raw_unicode_escape",
        "mbcs",
        "undefined",
        "cp037",
        "iso-2022-jp",
        "hz",
        "utf-8-sig",
        "utf8",
        "UTF-8",
        "nowhere",
        "\x00",
        "é",
        "a" * 1000,
    ]
    return {
        "nul": {"flow.py": plain + b"\0"},
        "nul-inside": {"flow.py": plain.replace(b"1.0", b"1\x000")},
        "only-nul": {"flow.py": b"\0" * 1000},
        "no-utf-8": {"flow.py": plain + b"# \xff\xfe\n"},
        "utf-16": {"flow.py": good.encode("utf-16")},
        "utf-32": {"flow.py": good.encode("utf-32")},
        "boms": {"flow.py": b"\xef\xbb\xbf" * 3 + plain},
        "bom-and-cookie": {"flow.py": b"\xef\xbb\xbf# coding: latin-1\n" + plain},
        "half-a-letter": {"flow.py": plain + b"# \xe2\x82"},
        "carriage-returns": {"flow.py": plain.replace(b"\n", b"\r")},
        "form-feeds": {"flow.py": plain.replace(b"\n", b"\n\x0c")},
        "vertical-tabs": {"flow.py": plain.replace(b"\n", b"\x0b\n")},
        "line-separators": {"flow.py": f"x = '\u2028\u2029\x85'\n{good}".encode()},
        "control-z": {"flow.py": plain + b"\x1a"},
        "tabs-and-spaces": {"flow.py": plain + b"if x:\n\ty = 1\n        z = 1\n"},
        "empty": {"flow.py": b""},
        "backslash-at-the-end": {"flow.py": plain + b"\\"},
        "open-string": {"flow.py": plain + b"'''"},
        "right-to-left": flow("# \u202e\nx = '\u202e'"),
        "compatible-letters": flow("class \u212b: x: int\n\ufb01x = 1", returns="\xc5"),
        "compatible-keywords": flow(
            "", more="@\U0001d42dask(cache=True)\ndef other() -> int: ...\n"
        ),
        **{
            f"cookie-{cookie[:20]!a}": {"flow.py": f"# coding: {cookie}\n".encode() + plain}
            for cookie in cookies
        },
    }


def long_lines(size: int) -> dict[str, Files]:
    """A line of so many bytes."""
    return {
        "comment": flow("#" * size),
        "string": flow(f"x = '{'a' * size}'"),
        "list": flow(f"x = [{'1, ' * (size // 3)}]"),
        "spaces": flow(f"x = 1{' ' * size}"),
        "version-in-the-middle": flow("", more=f"x = '{'a' * size}'; task(cache_version='1')\n"),
        "letters-of-two-bytes": flow(f"x = '{'é' * (size // 2)}'"),
        "newlines": flow("\n" * size),
        "backslashes": flow("x = '" + "\\\n" * (size // 2) + "'"),
        "blanks-before-a-comment": flow(
            "", more=f"# sigclock:{' ' * size}ignore[\n# sigclock: ignore[a]{' ' * size}\n"
        ),
        "brackets": flow("", more="# sigclock: ignore[" + "[" * size),
    }
