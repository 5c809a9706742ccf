"""Classes that a call makes from a list of fields, in every spelling of the list."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from differential.kinds.row import Row, flow

if TYPE_CHECKING:
    from collections.abc import Iterator


#: Whether a maker takes a list of fields, or a table.
LIST, TABLE = False, True


class Maker(NamedTuple):
    """How a class is made of a list of fields, and whether that is a table.

    `entry` is a field of a name and a type.
    """

    call: str
    keyed: bool
    entry: str
    value: str


_PAIR = "({name!r}, {type})"
MAKERS = {
    "make-dataclass": Maker("Out = make_dataclass('Out', {fields})", LIST, _PAIR, "Out({values})"),
    "make-dataclass-keyword": Maker(
        "Out = make_dataclass('Out', fields={fields}, frozen=True)", LIST, _PAIR, "Out({values})"
    ),
    "named-tuple": Maker("Out = NamedTuple('Out', {fields})", LIST, _PAIR, "Out({values})"),
    "create-model": Maker(
        "Out = create_model('Out', **{fields})", TABLE, "({type}, ...)", "Out({values})"
    ),
    "create-model-base": Maker(
        "class B(BaseModel):\n    z: int = 1\nOut = create_model('Out', __base__=B, **{fields})",
        TABLE,
        "({type}, ...)",
        "Out({values})",
    ),
    "typed-dict-field": Maker(
        "Keyed = TypedDict('Keyed', {fields})\n@dataclass\nclass Out:\n    t: Keyed",
        TABLE,
        "{type}",
        "Out(t={{{keyed}}})",
    ),
    "enum": Maker("Out = Enum('Out', {fields})", TABLE, "{text!r}", "Out['{name}']"),
    "enum-pairs": Maker(
        "Out = Enum('Out', {fields})", LIST, "({name!r}, {text!r})", "Out['{name}']"
    ),
    "attrs": Maker(
        "Out = attrs.make_class('Out', {fields})",
        TABLE,
        "attrs.field(type={type})",
        "Out({values})",
    ),
    "attr-these": Maker(
        "@attr.s(these={fields})\nclass Out:\n    pass",
        TABLE,
        "attr.ib(type={type})",
        "Out({values})",
    ),
}

#: How a list may be written: statements before it, and the expression; `{all}` is a display,
#: `{head}` and `{tail}` its two parts.
LISTS = {
    "display": ("", "{all}"),
    "constant": ("F = {all}\n", "F"),
    "renamed": ("F = {all}\nG = F\n", "G"),
    "imported": ("", "consts.F"),
    "sum": ("F = {head}\n", "F + {tail}"),
    "sum-both": ("F = {head}\nG = {tail}\n", "F + G"),
    "star": ("F = {head}\n", "[*F, *{tail}]"),
    "comprehension": ("F = {all}\n", "[(n, t) for n, t in F]"),
    "comprehension-filter": ("F = {all}\n", "[f for f in F if f[0] != 'zz']"),
    "list-call": ("F = {all}\n", "list(F)"),
    "tuple-call": ("F = {all}\n", "tuple(F)"),
    "items": ("F = dict({all})\n", "list(F.items())"),
    "zip": ("N = [n for n, t in {all}]\nT = [t for n, t in {all}]\n", "list(zip(N, T))"),
    "function": ("def fields():\n    return {all}\n", "fields()"),
    "function-argument": ("def fields(more):\n    return {head} + more\n", "fields({tail})"),
    "appended": ("F = {head}\nF.extend({tail})\n", "F"),
    "augmented": ("F = {head}\nF += {tail}\n", "F"),
    "attribute": ("class C:\n    F = {all}\n", "C.F"),
    "item": ("C = {{'f': {all}}}\n", "C['f']"),
    "conditional": ("F = {all}\nON = True\n", "(F if ON else [])"),
    "sliced": ("F = {all} + [None]\n", "F[:-1]"),
    "sorted": ("F = {all}\n", "sorted(F, key=lambda f: f[0])"),
    "chain": ("F = {head}\n", "list(itertools.chain(F, {tail}))"),
    "copied": ("F = {all}\n", "F.copy()"),
    "loop": ("F = []\nfor f in {all}:\n    F.append(f)\n", "F"),
}
TABLES = {
    "display": ("", "{all}"),
    "constant": ("F = {all}\n", "F"),
    "imported": ("", "consts.F"),
    "merged": ("F = {head}\n", "{{**F, **{tail}}}"),
    "pipe": ("F = {head}\n", "F | {tail}"),
    "comprehension": ("F = {all}\n", "{{n: t for n, t in F.items()}}"),
    "dict-call": ("F = {all}\n", "dict(F)"),
    "dict-more": ("F = {head}\n", "dict(F, **{tail})"),
    "pairs": ("F = list({all}.items())\n", "dict(F)"),
    "zip": ("N = list({all})\nT = list({all}.values())\n", "dict(zip(N, T))"),
    "function": ("def fields():\n    return {all}\n", "fields()"),
    "updated": ("F = {head}\nF.update({tail})\n", "F"),
    "set-item": ("F = {head}\nF['b'] = {entry}\n", "F"),
    "augmented": ("F = {head}\nF |= {tail}\n", "F"),
    "attribute": ("class C:\n    F = {all}\n", "C.F"),
    "item": ("C = {{'f': {all}}}\n", "C['f']"),
    "conditional": ("F = {all}\nON = True\n", "(F if ON else {{}})"),
    "copied": ("F = {all}\n", "F.copy()"),
    "copy-module": ("F = {all}\n", "copy.copy(F)"),
    "chain-map": ("F = {head}\nimport collections\n", "collections.ChainMap(F, {tail})"),
    "proxy": ("from types import MappingProxyType\nF = MappingProxyType({all})\n", "dict(F)"),
}
_HEAD, _TAIL = [("a", "int", "a1")], [("b", "int", "b1")]
#: The fields after the first, before and after an edit.
EDITS = {
    "retyped": ([("b", "int", "b1")], [("b", "float", "b2")]),
    "renamed": ([("b", "int", "b1")], [("c", "int", "b1")]),
}


def rows() -> Iterator[Row]:
    number = 0
    for maker_name, maker in MAKERS.items():
        lists = TABLES if maker.keyed else LISTS
        for list_name, spelling in lists.items():
            if "sliced" in list_name and maker.keyed:
                continue
            edit = list(EDITS)[number % len(EDITS)]
            if "enum" in maker_name:
                edit = "retyped"
            if list_name == "set-item":
                edit = "retyped"
            old, new = EDITS[edit]
            before = _tree(maker, spelling, old)
            id_ = f"made:{maker_name}/{list_name}"
            yield Row(f"{id_}/{edit}", before, _tree(maker, spelling, new))
            if number % 3 == 0:
                yield Row(f"{id_}/respelled", before, _tree(maker, lists["display"], old))
            number += 1


def _display(maker: Maker, fields: list[tuple[str, str, str]]) -> str:
    shown = [maker.entry.format(name=name, type=type_, text=text) for name, type_, text in fields]
    if maker.keyed:
        return "{" + ", ".join(f"{f[0]!r}: {s}" for f, s in zip(fields, shown, strict=True)) + "}"
    return "[" + ", ".join(shown) + "]"


def _tree(
    maker: Maker, spelling: tuple[str, str], tail: list[tuple[str, str, str]]
) -> dict[str, str]:
    parts = {
        "all": _display(maker, [*_HEAD, *tail]),
        "head": _display(maker, _HEAD),
        "tail": _display(maker, tail),
        "entry": maker.entry.format(name=tail[0][0], type=tail[0][1], text=tail[0][2]),
    }
    statements, expression = (text.format(**parts) for text in spelling)
    made = maker.call.replace("{fields}", expression)
    values = {name: "0.5" if type_ == "float" else "x" for name, type_, _ in (*_HEAD, *tail)}
    value = maker.value.format(
        values=", ".join(f"{name}={value}" for name, value in values.items()),
        keyed=", ".join(f"{name!r}: {value}" for name, value in values.items()),
        name=tail[0][0],
    )
    tree = {"flow.py": flow(f"{statements}{made}\n", "Out", value)}
    if "consts." in expression:
        tree["flow.py"] = "import consts\n" + tree["flow.py"]
        tree["consts.py"] = f"import attr\nimport attrs\nF = {parts['all']}\n"
    return tree
