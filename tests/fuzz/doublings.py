"""Trees whose cost doubles with each level if nobody remembers what is known."""

from __future__ import annotations

from fuzz.shapes import Files, flow, lines

# fmt: off
# ruff: noqa: E501 - a row of these tables is a line


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
