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


def doublings(levels: int) -> dict[str, Files]:
    """What doubles with each level if nobody remembers what is known."""
    star = {
        f"{side}{i}.py": f"from a{i + 1} import *\nfrom b{i + 1} import *\n"
        for i in range(levels)
        for side in "ab"
    }
    names = {
        f"{side}{i}.py": f"try:\n    from a{i + 1} import A\nexcept ImportError:\n    from b{i + 1} import A\n"
        for i in range(levels)
        for side in "ab"
    }
    ends = {f"a{levels}.py": "", f"b{levels}.py": ""}
    return {
        "aliases": flow(
            "A0 = int\n" + lines("A{i} = tuple[A{j}, A{j}]", levels, 1), returns=f"A{levels}"
        ),
        "union-aliases": flow(
            "A0 = int\n" + lines("A{i} = Union[A{j}, list[A{j}]]", levels, 1), returns=f"A{levels}"
        ),
        "string-aliases": flow(
            "A0 = int\n" + lines("A{i} = 'tuple[A{j}, A{j}]'", levels, 1), returns=f"A{levels}"
        ),
        "type-aliases": flow(
            "A0: TypeAlias = int\n" + lines("A{i}: TypeAlias = 'dict[A{j}, A{j}]'", levels, 1),
            returns=f"A{levels}",
        ),
        "new-types": flow(
            "A0 = int\n" + lines('A{i} = NewType("A{i}", tuple[A{j}, A{j}])', levels, 1),
            returns=f"A{levels}",
        ),
        "generic-aliases": flow(
            "A0 = list[T]\n" + lines("A{i} = tuple[A{j}[T], A{j}[T]]", levels, 1),
            returns=f"A{levels}[int]",
        ),
        "generic-substitution": flow(
            "A0 = tuple[T, T]\n" + lines("A{i} = A{j}[tuple[T, T]]", levels, 1),
            returns=f"A{levels}[int]",
        ),
        "generics": flow(
            "@dataclass\nclass C0(Generic[T]):\n    x: T\n"
            + lines(
                "@dataclass\nclass C{i}(Generic[T]):\n    x: C{j}[tuple[T, T]]\n    y: 'C{j}[C{j}[T]]'",
                levels,
                1,
            ),
            returns=f"C{levels}[int]",
        ),
        "generic-bases": flow(
            "@dataclass\nclass C0(Generic[T]):\n    x: T\n"
            + lines(
                "@dataclass\nclass C{i}(C{j}[tuple[T, T]], Generic[T]):\n    y{i}: T", levels, 1
            ),
            returns=f"C{levels}[int]",
        ),
        "nested-generic": flow(
            "@dataclass\nclass N(Generic[T]):\n    x: 'N[N[list[T]]]'\n    y: 'N[N[T]]'",
            returns="N[int]",
        ),
        "diamonds": flow(
            "class A0: x: int\nclass B0: y: int\n"
            + lines(
                "class A{i}(A{j}, B{j}): x{i}: int\nclass B{i}(A{j}, B{j}): y{i}: int", levels, 1
            ),
            returns=f"A{levels}",
        ),
        "dataclass-diamonds": flow(
            "@dataclass\nclass A0: x: int\n@dataclass\nclass B0: y: int\n"
            + lines(
                "@dataclass\nclass A{i}(A{j}, B{j}): x{i}: int\n@dataclass\nclass B{i}(A{j}, B{j}): y{i}: int",
                levels,
                1,
            ),
            returns=f"A{levels}",
        ),
        "typed-dict-diamonds": flow(
            "class A0(TypedDict): x: int\nclass B0(TypedDict): y: int\n"
            + lines(
                "class A{i}(A{j}, B{j}): x{i}: int\nclass B{i}(A{j}, B{j}): y{i}: int", levels, 1
            ),
            returns=f"A{levels}",
        ),
        "wrappers": flow(
            "def w0(f): return task(cache=True, cache_version='1')(f)\n"
            + lines("def w{i}(f): return w{j}(w{j}(f))", levels, 1),
            more=f"@w{levels}\ndef other() -> int: ...\n",
        ),
        "wrappers-in-branches": flow(
            "def w0(f): return task(cache=True, cache_version='1')(f)\n"
            + lines(
                "def w{i}(f):\n  if x: return w{j}(f)\n  if y: return w{j}(f)\n  return w{j}(f)",
                levels,
                1,
            ),
            more=f"@w{levels}\ndef other() -> int: ...\n",
        ),
        "wrapper-of-itself": flow("def w(f): return w(w(f))", more="@w\ndef other() -> int: ...\n"),
        "wrappers-of-each-other": flow(
            "def v(f): return w(v(f))\ndef w(f): return v(w(f))",
            more="@w\n@v\ndef other() -> int: ...\n",
        ),
        "class-of-itself": flow(
            "class A(A): pass\nclass B(C): pass\nclass C(B): pass\nclass W(W):\n  def __init__(self, f): super().__init__(f)",
            returns="tuple[A, B, C]",
            more="@W\n@B()\ndef other() -> int: ...\n",
        ),
        "versions": flow(
            "V0 = '1'\n" + lines("V{i} = V{j} + V{j}", levels, 1), version=f"V{levels}"
        ),
        "version-f-strings": flow(
            "V0 = '1'\n" + lines("V{i} = f'{{V{j}}}{{V{j}}}'", levels, 1), version=f"V{levels}"
        ),
        "version-f-strings-computed": flow(
            "V0 = gone()\n" + lines("V{i} = f'{{V{j}}}{{V{j}}}'", levels, 1), version=f"V{levels}"
        ),
        "version-choices": flow(
            "V0 = '1'\n" + lines("V{i} = V{j} if V{j} else V{j}", levels, 1), version=f"V{levels}"
        ),
        "tables": flow(
            "T0 = {'cache': True}\n" + lines("T{i} = {{**T{j}, **T{j}}}", levels, 1),
            more=f"@task(**T{levels})\ndef other() -> int: ...\n",
        ),
        "tables-merged": flow(
            "T0 = {'cache': True}\n" + lines("T{i} = T{j} | T{j}", levels, 1),
            more=f"@task(**T{levels})\ndef other() -> int: ...\n",
        ),
        "nested-tables": flow(
            "T0 = {'cache': True}\n" + lines("T{i} = {{'a': T{j}, 'b': T{j}}}", levels, 1),
            more=f"@task(**T{levels})\ndef other() -> int: ...\n",
        ),
        "lists": flow(
            "L0 = [1]\n" + lines("L{i} = [*L{j}, *L{j}]", levels, 1),
            more=f"@task(*L{levels})\ndef other() -> int: ...\n",
        ),
        "calls": flow(
            "C0 = task\n" + lines("C{i} = C{j}(C{j}, C{j})", levels, 1),
            more=f"@C{levels}\ndef other() -> int: ...\n",
        ),
        "partials": flow(
            "C0 = task\n" + lines("C{i} = functools.partial(C{j}, C{j}, x=C{j})", levels, 1),
            more=f"@C{levels}\ndef other() -> int: ...\n",
        ),
        "classes-in-classes": flow("class C0: x = 1\n" + lines("class C{i}:\n    a = C{j}\n    b = C{j}", levels, 1), returns=f"C{levels}"),
        "stars": {**flow("from a0 import *", returns="A"), **star, **ends},
        "stars-that-end": {
            **flow("from a0 import *", returns="A"),
            **star,
            **ends,
            f"a{levels}.py": "class A: x: int\n",
        },
        "imports-tried": {**flow("from a0 import A", returns="A"), **names, **ends},
        "star-cycle": {
            **flow("from a0 import *", returns="A"),
            **{f"a{i}.py": "".join(f"from a{k} import *\n" for k in range(12)) for i in range(12)},
        },
        "import-cycle": {
            **flow("from a0 import A", returns="A"),
            **{f"a{i}.py": f"from a{(i + 1) % levels} import A\n" for i in range(levels)},
        },
        "alias-cycle": flow(
            "A = B\nB = C\nC = A\nD = 'D'\nE: TypeAlias = 'E'\nJ = Union[dict[str, 'J'], list['J'], str]",
            returns="tuple[A, B, C, D, E, J]",
        ),
        "names-in-branches": flow(
            "if x: V0 = int\nelse: V0 = str\n"
            + lines("if x: V{i} = V{j}\nelse: V{i} = V{j}", levels, 1),
            returns=f"V{levels}",
        ),
        "attributes-in-branches": flow(
            "if x:\n  class A: x: int\nelse:\n  class A: x: int\n"
            + lines("if x: A.a{i} = A\nelse: A.a{i} = A", levels),
            returns="A" + ".x" * levels,
        ),
        "literals": flow(
            "L0 = Literal[1]\n" + lines("L{i} = Literal[L{j}, L{j}]", levels, 1),
            returns=f"L{levels}",
        ),
        "annotations": flow(
            "A0 = int\n" + lines("A{i} = Annotated[A{j}, A{j}]", levels, 1), returns=f"A{levels}"
        ),
        "columns": flow(
            "from flytekit import kwtypes, StructuredDataset\nA0 = int\n"
            + lines("A{i} = Annotated[StructuredDataset, kwtypes(a=A{j}, b=A{j})]", levels, 1),
            returns=f"A{levels}",
        ),
    }
