"""Trees whose shape is hostile: deep, many, doubling with each level."""

from __future__ import annotations

# fmt: off
# ruff: noqa: E501 - a row of these tables is a line
Files = dict[str, "str | bytes"]

HEAD = """\
import functools
from dataclasses import dataclass
from typing import *
from flytekit import task
T = TypeVar("T")
"""
TASK = '@task(cache=True, cache_version="1.0")\n'


def flow(text: str, *, returns: str = "int", version: str = '"1.0"', more: str = "") -> Files:
    """A file of these statements and one cached task below them."""
    own = f"@task(cache=True, cache_version={version})\ndef fit() -> {returns}:\n    ...\n"
    return {"flow.py": f"{HEAD}{text}\n{own}{more}"}


def lines(template: str, count: int, start: int = 0) -> str:
    """The template once for each number; `{i}` is the number and `{j}` the one before it."""
    return "\n".join(template.format(i=i, j=i - 1) for i in range(start, start + count))


def around(before: str, middle: str, after: str, count: int) -> str:
    return before * count + middle + after * count


def nestings(depth: int) -> dict[str, Files]:
    """One expression or block in another."""
    chain = " + ".join(f'"{i}"' for i in range(depth))
    return {
        "parentheses": flow(f"x = {around('(', '1', ')', depth)}"),
        "lists": flow(f"x = {around('[', '1', ']', depth)}"),
        "dicts": flow(f"x = {around('{1: ', '1', '}', depth)}"),
        "subscripts-inside": flow("", returns=around("list[", "int", "]", depth)),
        "subscripts-behind": flow("", returns="int" + "[int]" * depth),
        "calls-behind": flow("", returns="int" + "()" * depth),
        "attributes": flow("", returns="typing" + ".x" * depth),
        "attributes-of-a-class": flow("class A: pass", returns="A" + ".x" * depth),
        "unions": flow("", returns=" | ".join(f"x{i}" for i in range(depth))),
        "unions-in-brackets": flow("", returns=around("int | (", "str", ")", depth)),
        "string-in-string": flow(
            "A0 = int\n" + lines('A{i} = "A{j}"', depth, 1), returns=f"A{depth}"
        ),
        "version-sum": flow("", version=chain),
        "version-calls": flow("def f(x): return x", version=around("f(", '"1"', ")", depth)),
        "version-calls-behind": flow("def f(): return f", version="f" + "()" * depth),
        "version-attributes": flow("class A: v = '1'", version="A" + ".v" * depth),
        "version-lambdas": flow("", version="lambda: " * depth + "1"),
        "version-choices": flow("", version="1 if x else " * depth + "2"),
        "version-nots": flow("", version="not " * depth + "1"),
        "version-minus": flow("", version="-" * depth + "1"),
        "version-walrus": flow("", version=around("(x := ", "'1'", ")", depth)),
        "version-comparisons": flow("", version="1 < " * depth + "2"),
        "version-f-strings": flow("", version=f_strings(depth)),
        "string-sum": flow(f"x = {chain}"),
        "elif": flow("if x0: pass\n" + lines("elif x{i}: y = {i}", depth, 1)),
        "elif-in-a-wrapper": flow("def w(f):\n    if x0: return f\n" + lines("    elif x{i}: y = {i}", depth, 1) + "\n    return task(cache=True, cache_version='1')(f)", more="@w\ndef other() -> int: ...\n"),
        "elif-in-a-class": flow("@dataclass\nclass A:\n    if x0: a0: int\n" + lines("    elif x{i}: a{i}: int", depth, 1), returns="A"),
        "tables-merged": flow(f"CFG = {' | '.join(['dict(cache=True)'] * depth)}", more="@task(**CFG)\ndef other() -> int: ...\n"),
        "default-sum": flow("", more=f"{TASK}def other(x=1{' + 1' * depth}) -> int: ...\n"),
        "salt-sum": flow("from flytekit import Cache", more=f"@task(cache=Cache(salt='1'{' + x' * depth}))\ndef other() -> int: ...\n"),
        "decorators-of-a-wrapper": flow("def v(f): return f\n" + "@v\n" * depth + "def w(f): return task(f)", more="@w\ndef other() -> int: ...\n"),
        "methods-behind": flow("", more=f"t = task{'.with_overrides()' * depth}(fit)\n"),
        "all-sum": {**flow("from m import *", returns="A"), "m.py": f"__all__ = ['A']{' + []' * depth}\nclass A: x: int\n"},
        "enum-sum": flow(f"import enum\nclass E(enum.Enum):\n    a = 1{' + 1' * depth}", returns="E"),
        "condition-of-a-bound-name": flow(f"import sys\nif {'not ' * depth}TYPE_CHECKING:\n    A = int\nelse:\n    A = str", returns="A"),
        "version-info-subscripts": flow(f"import sys\nif sys.version_info{'[0]' * depth} > 3:\n    A = int\nelse:\n    A = str", returns="A"),
        "base-calls": flow(f"class A(B{'()' * depth}): x: int", returns="A"),
        "base-attributes": flow(f"class A(B{'.x' * depth}): x: int", returns="A"),
        "walrus-in-if": flow(f"if {around('(x := ', '1', ')', depth)}: pass"),
        "lambda-tasks": flow("", more=f"t = task({'lambda: ' * depth}fit)\n"),
        "if-in-if": flow(blocks("if x", depth)),
        "def-in-def": flow(blocks("def f()", depth)),
        "class-in-class": flow(blocks("class A", depth), returns=".".join("A" * depth)),
        "for-in-for": flow(blocks("for x in y", depth)),
        "try-in-try": flow(blocks("try", depth, "finally: pass")),
        "with-items": flow("with " + ", ".join(f"a as b{i}" for i in range(depth)) + ": pass"),
        "targets": flow(" = ".join(f"x{i}" for i in range(depth)) + " = 1"),
        "decorators": flow("", more=f"{TASK * depth}def other() -> int: ...\n"),
        "decorator-calls": flow("", more=f"@task{'()' * depth}\ndef other() -> int: ...\n"),
        "decorators-unknown": flow("", more=f"{'@gone' * 1}\n{TASK}" * depth + "def g(): ...\n"),
        "starred": flow(f"x = [{around('*[', '1', ']', depth)}]"),
        "match": flow(f"match x:\n case {around('[', 'y', ']', depth)}: pass"),
        "bases": flow(f"class A({around('B[', 'int', ']', depth)}): x: int", returns="A"),
        "annotated": flow("", returns=around("Annotated[", "int", ', "x"]', depth)),
        "literal": flow("", returns=around("Literal[", "1", "]", depth)),
        "string-annotation": flow("", returns=repr(around("list[", "int", "]", depth))),
        "string-attributes": flow("", returns=repr("int" + ".x" * depth)),
    }


def blocks(head: str, depth: int, after: str = "") -> str:
    opened = "".join(f"{' ' * i}{head}:\n" for i in range(depth))
    closed = "".join(f"{' ' * i}{after}\n" for i in reversed(range(depth))) if after else ""
    return f"{opened}{' ' * depth}pass\n{closed}"


def f_strings(depth: int) -> str:
    """Each in the hole of the one around it; before Python 3.12 only as many as there are quotes."""
    text = "x"
    for quote in ("'", '"', "'''", '"""')[: max(1, min(depth, 4))]:
        text = f"f{quote}{{{text}}}{quote}"
    return text


def multitudes(count: int) -> dict[str, Files]:
    """Very many of one thing."""
    fields = lines("    f{i}: int", count)
    return {
        "fields": flow(f"@dataclass\nclass A:\n{fields}", returns="A"),
        "mutual-classes": flow(
            lines("@dataclass\nclass C{i}:\n    x: 'C{j}'", count)
            + "\n@dataclass\nclass D:\n    x: C0\nC_1 = D",
            returns=f"C{count - 1}",
        ).copy(),
        "cycle-of-classes": flow(cycle(count), returns="C0"),
        "cycle-with-one-other": flow(cycle(count, "    y: int"), returns="C0"),
        "chain-of-classes": flow(
            "C_1 = int\n"
            + lines("@dataclass\nclass C{i}:\n    x: 'list[C{j}]'", count).replace("C-1", "int"),
            returns=f"C{count - 1}",
        ),
        "every-class-in-every": flow(
            "\n".join(
                f"@dataclass\nclass C{i}:\n"
                + "".join(f"    x{k}: 'C{k}'\n" for k in range(count // 25))
                for i in range(count // 25)
            ),
            returns="C0",
        ),
        "classes-in-each-other": flow(
            "@dataclass\nclass C0:\n    x: int\n"
            + lines("@dataclass\nclass C{i}:\n    x: 'C{j}'\n    y: 'list[C{j}]'", count, 1),
            returns=f"C{count}",
        ),
        "line-of-bases": flow(
            "class C0: x: int\n" + lines("class C{i}(C{j}): x{i}: int", count, 1),
            returns=f"C{count}",
        ),
        "line-of-dataclasses": flow(
            "@dataclass\nclass C0: x: int\n"
            + lines("@dataclass\nclass C{i}(C{j}): x{i}: int", count, 1),
            returns=f"C{count}",
        ),
        "line-of-aliases": flow("A0 = int\n" + lines("A{i} = A{j}", count, 1), returns=f"A{count}"),
        "line-of-list-aliases": flow(
            "A0 = int\n" + lines("A{i} = list[A{j}]", count, 1), returns=f"A{count}"
        ),
        "line-of-new-types": flow(
            "A0 = int\n" + lines('A{i} = NewType("A{i}", A{j})', count, 1), returns=f"A{count}"
        ),
        "line-of-constants": flow(
            "V0 = '1'\n" + lines("V{i} = V{j}", count, 1), version=f"V{count}"
        ),
        "line-of-wrappers": flow(
            "def w0(f): return task(cache=True, cache_version='1')(f)\n"
            + lines("def w{i}(f): return w{j}(f)", count, 1),
            more=f"@w{count}\ndef other() -> int: ...\n",
        ),
        "line-of-partials": flow(
            "p0 = functools.partial(task, cache=True)\n"
            + lines("p{i} = functools.partial(p{j}, cache_version='1')", count, 1),
            more=f"@p{count}()\ndef other() -> int: ...\n",
        ),
        "one-name-again-and-again": flow(lines("V = '{i}'", count), version="V"),
        "one-name-in-branches": flow(lines("if x{i}: V = '{i}'", count), version="V"),
        "one-class-in-branches": flow(lines("if x{i}:\n  class V: x: int", count), returns="V"),
        "one-task-again-and-again": flow("", more=lines(f"{TASK}def other() -> int: ...\n", count)),
        "one-task-in-branches": flow(
            "",
            more=lines(
                "if x{i}:\n  @task(cache=True, cache_version='1')\n  def other() -> int: ...", count
            ),
        ),
        "tasks": flow("", more=lines(f"{TASK}def g{{i}}(x: int) -> str: ...\n", count)),
        "decorators": flow("", more=TASK * count + "def other() -> int: ...\n"),
        "union-members": flow("", returns=" | ".join(f"Literal[{i}]" for i in range(count // 10))),
        "literal-members": flow("", returns=f"Literal[{', '.join(map(str, range(count)))}]"),
        "enum-members": flow(
            "import enum\nclass E(enum.Enum):\n" + lines("    m{i} = {i}", count), returns="E"
        ),
        "dict-entries": flow(
            f"CFG = {{{', '.join(f'{i!r}: {i}' for i in map(str, range(count * 20)))}}}",
            more="@task(**CFG)\ndef other() -> int: ...\n",
        ),
        "keywords": flow(
            "",
            more=f"@task({', '.join(f'k{i}=1' for i in range(count))})\ndef other() -> int: ...\n",
        ),
        "inputs": flow(
            "",
            more=f"{TASK}def other({', '.join(f'k{i}: int' for i in range(count))}) -> int: ...\n",
        ),
        "star-imports": {
            **flow("from m0 import *", returns="A"),
            **{f"m{i}.py": f"from m{i + 1} import *\n" for i in range(count // 10)},
            f"m{count // 10}.py": "class A: x: int\n",
        },
        "re-exports": {
            **flow("from m0 import A", returns="A"),
            **{f"m{i}.py": f"from m{i + 1} import A\n" for i in range(count // 10)},
            f"m{count // 10}.py": "class A: x: int\n",
        },
        "waivers": flow("", more="# sigclock: ignore[void-cached] x\n" * count),
        "waiver-of-much": flow("", more=f"# sigclock: ignore[{'x,' * count}] y\n"),
        "semicolons": flow("x = 1;" * (count * 10)),
        "blank-lines": flow("\n" * (count * 100)),
    }


def cycle(count: int, last: str = "") -> str:
    classes = lines("@dataclass\nclass C{i}:\n    x: 'C{j}'", count).replace("C-1", f"C{count - 1}")
    return f"{classes}\n{last}"
