"""Plants a cached task in any Python file, bumps its version, and holds every other byte to it.

`PYTHONPATH=.:tests python -m fuzz.planted [FOLDER]…` does so in every file of the standard library
and of the installed packages, and counts; what is told by its file is not explained.
"""

from __future__ import annotations

import ast
import random
import re
import sys
import sysconfig
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from fuzz.targets import Tree
from sigclock.lock.schemes import increment, literal
from sigclock.python.names.syntax import SourceFile, UnreadableSource, parse_source
from sigclock.source import Edit
from sigclock.tasks.extract import extract
from sigclock.verdict.rewrite import rewrite

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sigclock.interface.snapshot import VersionSite

_VERSIONS = ("1.0", "9", "v1.9", "2024.09", "a", "0", "1.0.0-rc1")
_PREFIXES = ("", "u", "U", "r", "R")
_QUOTES = ("'", '"', "'''", '"""')
_ENDS = ("\n", "\r\n", "\r")
_GAPS = (
    "",
    " ",
    "\t",
    "\x0c",
    "{end}",
    "  # note: cache_version={end}",
    "\\{end}",
    "{end}# {{[({end}",
)


Function = ast.FunctionDef | ast.AsyncFunctionDef
#: Nothing explains why there is no task, so it is a fault.
UNSEEN = "no task is seen there"


class Planted(NamedTuple):
    """A file with a task in it, where its version stands, and why Python makes no task there."""

    data: bytes
    start: int
    end: int
    excuse: str


class Refused(Exception):  # noqa: N818 - no fault, but what is counted
    """Why nothing was planted, or nothing edited."""


def plant(source: SourceFile, choose: random.Random) -> Planted:
    """A decorator of every form before one of the functions."""
    functions = [node for node in ast.walk(source.tree) if isinstance(node, Function)]
    if not functions:
        raise Refused("no function")
    chosen = choose.choice(functions)
    at, indent = _line_start(source, chosen.decorator_list[0] if chosen.decorator_list else chosen)
    end = choose.choice(_ENDS)
    before, version, after = _decorator(choose, end)
    head = source.data[:at] + f"{before}{version}{after}".encode().replace(b"\0", indent)
    start = at + len(before.encode().replace(b"\0", indent))
    tail = source.data[at:] + f"{end}import flytekit as planted_{end}".encode()
    return Planted(head + tail, start, start + len(version), _excuse(source.tree, chosen))


def _excuse(tree: ast.Module, function: Function) -> str:
    """Why the decorator makes no task of this very function; written without the code under test.

    What `wraps` puts around a parameter is a task once it is called, under the name of what is
    passed then. A task of Flyte 2 is no function any more, and flytekit fails on it.
    """
    functions = [part for part in ast.walk(tree) if isinstance(part, Function)]
    inside = [
        part
        for part in functions
        if part is not function and any(child is function for child in ast.walk(part))
    ]
    local = {
        part.arg if isinstance(part, ast.arg) else part.id
        for outer in inside
        for part in ast.walk(outer)
        if isinstance(part, ast.arg)
        or (isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store))
    }
    for decorator in function.decorator_list:
        match decorator:
            case ast.Call(func, [wrapped, *_]) if _dotted(func).endswith("wraps"):
                if _dotted(wrapped).partition(".")[0] in local:
                    return "it goes by the name of what a function around it is given"
            case ast.Call(func) if _dotted(func).endswith("env.task"):
                return "it is a task of Flyte 2 already, which flytekit refuses"
    return ""


def _dotted(node: ast.expr) -> str:
    return ast.unparse(node) if isinstance(node, (ast.Name, ast.Attribute)) else ""


def _line_start(source: SourceFile, node: ast.expr | ast.stmt) -> tuple[int, bytes]:
    """The start of the line on which a node stands, and its indentation."""
    start = source.span(node).start
    if isinstance(node, ast.expr):
        start = source.data.rindex(b"@", 0, start)
    line = max(source.data.rfind(end, 0, start) for end in (b"\n", b"\r")) + 1
    first = 3 if line == 0 and source.data.startswith(b"\xef\xbb\xbf") else line
    indent = source.data[first:start]
    if indent.strip(b" \t\x0c"):
        raise Refused("the function does not start its line")
    return first, indent


def _decorator(choose: random.Random, end: str) -> tuple[str, str, str]:
    """What stands before a version literal, itself, and after; NUL stands for the indentation."""
    prefix, quote = choose.choice(_PREFIXES), choose.choice(_QUOTES)
    number = choose.random() < 0.2
    version = choose.choice(["1.0", "9", "0"] if number else _VERSIONS)
    written = version if number else f"{prefix}{quote}{version}{quote}"
    gaps = [choose.choice(_GAPS).format(end=end) for _ in range(5)]
    others = choose.choice(["", "", "retries=1,", "secret_requests=['x'],"])
    before = f"\0@planted_.task({gaps[0]}cache=True,{gaps[1]}{others}cache_version{gaps[2]}="
    gap = gaps[3] if "#" not in gaps[3] else ""
    after = f"{gaps[4]}){end}"
    return before + gap, written, after


def check(data: bytes, seed: int) -> None:
    """Plant, bump on the real path, and compare; `Refused` for what was not edited."""
    choose = random.Random(seed)  # noqa: S311 - no secret
    try:
        planted = plant(parse_source("flow.py", data), choose)
        before = parse_source("flow.py", planted.data)
    except UnreadableSource as problem:
        raise Refused(
            f"cannot be parsed: {re.sub('[^a-zA-Z ]', '', problem.reason)[:40]}"
        ) from problem
    site = _site(planted)
    version = increment(str(site.value), (), "")
    after = literal(site.literal, site.value, version, site.encoding)
    assert (site.span.start, site.span.end) == (planted.start, planted.end)
    result = rewrite(planted.data, [Edit("flow.py", site.span, site.literal, after)])
    assert result == planted.data[: planted.start] + after + planted.data[planted.end :]
    told = list(differences(before.tree, parse_source("flow.py", result).tree))
    assert [str(new) for _, new in told] == [version]


def _site(planted: Planted) -> VersionSite:
    found = extract(Tree({"flow.py": planted.data}))
    sites = [one.version for one in found.sites.values() if one.version]
    chosen = [site for site in sites if site.span.start == planted.start]
    if not chosen:
        raise Refused(planted.excuse or UNSEEN)
    if chosen[0].refusal:
        raise Refused(chosen[0].refusal)
    return chosen[0]


def differences(one: ast.AST, other: ast.AST) -> Iterator[tuple[object, object]]:
    """Parts of two trees that differ; written without the code under test."""
    work: list[tuple[object, object]] = [(one, other)]
    while work:
        old, new = work.pop()
        if isinstance(old, ast.AST) and type(old) is type(new):
            work.extend((getattr(old, name), getattr(new, name)) for name in old._fields)
        elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
            work.extend(zip(old, new, strict=True))
        elif type(old) is not type(new) or repr(old) != repr(new):
            yield old, new


def files(folders: list[Path]) -> Iterator[Path]:
    seen: set[Path] = set()
    for folder in folders:
        for path in sorted(folder.rglob("*.py")):
            inside = path.relative_to(folder).parts
            if "site-packages" in inside or not path.is_file():
                continue
            if path.resolve() not in seen:
                seen.add(path.resolve())
                yield path


def main() -> None:
    names = sys.argv[1:] or [sysconfig.get_path(kind) for kind in ("stdlib", "purelib", "platlib")]
    counted: Counter[str] = Counter()
    for path in files([Path(name) for name in names]):
        counted["files"] += 1
        try:
            check(path.read_bytes(), counted["files"])
            counted["edited"] += 1
        except Refused as refusal:
            counted[f"not edited: {refusal}"] += 1
            if str(refusal) == UNSEEN:
                print(f"{path} (seed {counted['files']}): {refusal}")  # noqa: T201
        except Exception as error:  # noqa: BLE001 - every file is looked at
            counted["FAILED"] += 1
            print(f"{path} (seed {counted['files']}): {error!r}"[:500])  # noqa: T201
    for reason, number in counted.most_common():
        print(f"{number:7} {reason}")  # noqa: T201


if __name__ == "__main__":
    main()
