"""Attributes of pickled classes, in every form in which methods set them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from differential.kinds.row import Row, flow
from differential.kinds.table import table

if TYPE_CHECKING:
    from collections.abc import Iterator

_INIT = "    def __init__(self, x):\n        self.a = x\n        {lines}\n    {methods}\n"
_ABOVE = f"{{above}}class Base:\n{_INIT}class Out(Base):\n"
#: The class as a whole, with the type and the value that the task returns.
PLACES = {
    "direct": (f"{{above}}class Out:\n{_INIT}", "Out", "Out(x)"),
    "list": (f"{{above}}class Out:\n{_INIT}", "list[Out]", "[Out(x)]"),
    "base": (f"{_ABOVE}    pass\n", "Out", "Out(x)"),
    "super": (
        f"{_ABOVE}    def __init__(self, x):\n        super().__init__(x)\n        self.z = 1\n",
        "Out",
        "Out(x)",
    ),
}
_ENC = """class Enc:
    def __init__(self):
        self.p = 1
{more}    @classmethod
    def make(cls):
        return cls()
"""
_OUT = """class Out:
    kind = Enc
    def __init__(self, x):
        self.a = x
        {lines}
    def default(self):
        return Enc()
"""
_PLAIN = "class Out:\n    def __init__(self, x):\n        self.a = x\n"
_LONGER = "class Out:\n    def __init__(self, x, y):\n        self.a = x\n        self.y = y\n"
#: How an instance is stored, before and after.
STATES = {
    "getstate": (
        (
            f"{_PLAIN}    def __getstate__(self):\n        return {{'a': self.a}}\n"
            "    def __setstate__(self, s):\n        self.__dict__ = s\n"
        ),
        (
            f"{_PLAIN}    def __getstate__(self):\n        return {{'z': self.a}}\n"
            "    def __setstate__(self, s):\n        self.a = s['z']\n"
        ),
    ),
    "reduce": (
        f"{_PLAIN}    def __reduce__(self):\n        return (Out, (self.a,))\n",
        f"{_LONGER}    def __reduce__(self):\n        return (Out, (self.a, self.y))\n",
    ),
    "slots": (
        "class Out:\n    __slots__ = ('a',)\n    def __init__(self, x):\n        self.a = x\n",
        (
            "class Out:\n    __slots__ = ('a', 'b')\n"
            "    def __init__(self, x):\n        self.a = x\n        self.b = 1\n"
        ),
    ),
}


def rows() -> Iterator[Row]:
    for number, (name, parts) in enumerate(table("attributes").items()):
        place = list(PLACES)[number % len(PLACES)]
        having, without = _tree(place, parts), _tree(place, {"above": parts.get("above", "")})
        sides = (without, having) if number % 3 else (having, without)
        edit = "added" if number % 3 else "removed"
        yield Row(f"attributes:{name}/{place}/{edit}", *sides)
    for name, parts in table("constructed").items():
        old, new = (_holding(parts, more) for more in ("", "        self.q = 2\n"))
        yield Row(f"attributes:constructed-{name}/added", old, new)
        yield Row(f"attributes:constructed-{name}/removed", new, old)
    for name, (before, after) in STATES.items():
        made = "Out(x, 1)" if "x, y" in after else "Out(x)"
        first, then = flow(before, "Out", "Out(x)"), flow(after, "Out", made)
        yield Row(f"attributes:{name}/changed", {"flow.py": first}, {"flow.py": then})


def _tree(place: str, parts: dict[str, str]) -> dict[str, str]:
    text, type_, made = PLACES[place]
    lines, methods = (parts.get(part, "pass").rstrip("\n") for part in ("", "methods"))
    declare = text.format(lines=lines, methods=methods, above=parts.get("above", ""))
    return {"flow.py": flow(declare, type_, made)}


def _holding(parts: dict[str, str], more: str) -> dict[str, str]:
    out = _OUT.format(lines=parts[""].rstrip("\n"))
    declare = _ENC.format(more=more) + parts.get("above", "") + out
    return {"flow.py": flow(declare, "Out", "Out(x)")}
