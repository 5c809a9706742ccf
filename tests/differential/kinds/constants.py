"""Values of enums and literals that are computed from constants, in every spelling."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from differential.kinds.row import Row, flow

if TYPE_CHECKING:
    from collections.abc import Iterator


class Spelling(NamedTuple):
    """Statements with the constant `{v}`, and an expression for `{v}-x`."""

    declare: str
    value: str
    files: bool = False


_P = "P = {v!r}\n"
_MK = "def mk(name):\n    return name + '-x'\n"
SPELLINGS = {
    "sum": Spelling(_P, "P + '-x'"),
    "f-string": Spelling(_P, "f'{P}-x'"),
    "percent": Spelling(_P, "'%s-x' % P"),
    "percent-tuple": Spelling(_P, "'%s-%s' % (P, 'x')"),
    "percent-table": Spelling(_P, "'%(p)s-x' % {'p': P}"),
    "format": Spelling(_P, "'{}-x'.format(P)"),
    "format-number": Spelling(_P, "'{0}-x'.format(P)"),
    "format-name": Spelling(_P, "'{p}-x'.format(p=P)"),
    "join-list": Spelling(_P, "'-'.join([P, 'x'])"),
    "join-constant": Spelling("C = ({v!r}, 'x')\n", "'-'.join(C)"),
    "join-map": Spelling("C = ({v!r}, 'x')\n", "'-'.join(map(str, C))"),
    "join-generator": Spelling("C = ({v!r}, 'X')\n", "'-'.join(c.lower() for c in C)"),
    "str": Spelling(_P, "str(P) + '-x'"),
    "call": Spelling(f"{_MK}{_P}", "mk(P)"),
    "call-constant": Spelling(_MK, "mk({v!r})"),
    "call-keyword": Spelling(f"{_MK}{_P}", "mk(name=P)"),
    "call-reads": Spelling(f"{_P}def mk(end):\n    return P + end\n", "mk('-x')"),
    "call-default": Spelling("def mk(end, p={v!r}):\n    return f'{p}{end}'\n", "mk('-x')"),
    "call-locals": Spelling(
        "def mk(name):\n    end = '-x'\n    both = name + end\n    return both\n" + _P, "mk(P)"
    ),
    "call-if": Spelling(
        "def mk(name):\n    if name:\n        return name + '-x'\n    return 'none'\n" + _P, "mk(P)"
    ),
    "call-no-arguments": Spelling("def mk():\n    return {v!r} + '-x'\n", "mk()"),
    "lambda": Spelling(f"mk = lambda name: name + '-x'\n{_P}", "mk(P)"),
    "static-method": Spelling(
        "class C:\n    @staticmethod\n    def mk(name):\n        return name + '-x'\n" + _P,
        "C.mk(P)",
    ),
    "partial": Spelling(f"{_MK}{_P}part = functools.partial(mk, P)\n", "part()"),
    "upper": Spelling("P = {v!r}.upper()\n", "(P + '-X').lower()"),
    "replace": Spelling("P = {v!r} + '_x'\n", "P.replace('_', '-')"),
    "strip": Spelling("P = ' ' + {v!r}\n", "P.strip() + '-x'"),
    "item": Spelling("C = {'k': {v!r}}\n", "C['k'] + '-x'"),
    "get": Spelling("C = {'k': {v!r}}\n", "C.get('k') + '-x'"),
    "first": Spelling("C = ({v!r}, 'x')\n", "C[0] + '-x'"),
    "last": Spelling("C = ('x', {v!r})\n", "C[-1] + '-x'"),
    "slice": Spelling("P = {v!r} + 'zz'\n", "P[:1] + '-x'"),
    "attribute": Spelling("class C:\n    P = {v!r}\n", "C.P + '-x'"),
    "attribute-inherited": Spelling(
        "class B:\n    P = {v!r}\nclass C(B):\n    pass\n", "C.P + '-x'"
    ),
    "attribute-nested": Spelling("class C:\n    class I:\n        P = {v!r}\n", "C.I.P + '-x'"),
    "namespace": Spelling("C = SimpleNamespace(P={v!r})\n", "C.P + '-x'"),
    "enum-value": Spelling("class C(str, Enum):\n    P = {v!r}\n", "C.P.value + '-x'"),
    "conditional": Spelling(f"{_P}ON = True\n", "(P if ON else 'z') + '-x'"),
    "or": Spelling(f"{_P}", "(None or P) + '-x'"),
    "imported": Spelling(_P, "P + '-x'", files=True),
    "imported-module": Spelling(_P, "consts.P + '-x'", files=True),
    "imported-call": Spelling(f"{_MK}", "mk({v!r})", files=True),
    "unpacked": Spelling("P, Q = {v!r}, '-x'\n", "P + Q"),
    "unpacked-star": Spelling("P, *Q = [{v!r}, '-x']\n", "P + Q[0]"),
    "chained": Spelling("P = R = {v!r}\n", "R + '-x'"),
    "annotated": Spelling("P: str = {v!r}\n", "P + '-x'"),
    "final": Spelling("P: Final = {v!r}\n", "P + '-x'"),
    "walrus": Spelling("R = (P := {v!r}) + '-x'\n", "P + '-x'"),
    "augmented": Spelling("P = {v!r}\nP += '-x'\n", "P"),
    "in-if": Spelling("if True:\n    P = {v!r}\n", "P + '-x'"),
    "in-try": Spelling("try:\n    P = {v!r}\nexcept ImportError:\n    P = 'z'\n", "P + '-x'"),
    "path": Spelling(_P, "os.path.join(P, 'x').replace('/', '-')"),
    "reduce": Spelling("C = ({v!r}, '-x')\n", "functools.reduce(operator.add, C)"),
    "next": Spelling("C = ({v!r}, '-x')\n", "next(iter(C)) + '-x'"),
    "max": Spelling(_P, "max(P, '') + '-x'"),
    "sorted": Spelling(_P, "sorted([P, 'z'])[0] + '-x'"),
    "reversed-text": Spelling(_P, "(P + 'y')[::-1][1:] + '-x'"),
    "chr": Spelling(_P, "chr(ord(P)) + '-x'"),
    "repeated": Spelling(_P, "(P * 2)[1:] + '-x'"),
    "dict-call": Spelling(_P, "dict(k=P)['k'] + '-x'"),
    "merged": Spelling("C = {'k': {v!r}}\n", "{**C}['k'] + '-x'"),
    "getattr": Spelling("class C:\n    P = {v!r}\n", "getattr(C, 'P') + '-x'"),
    "globals": Spelling(_P, "globals()['P'] + '-x'"),
}

#: Declarations of `Out` around a value, with an instance of it.
HOLDERS = {
    "literal-dataclass": (
        "V = {value}\n@dataclass\nclass Out:\n    a: Literal[V]\n    n: int\n",
        "Out(a=V, n=x)",
    ),
    "literal-pydantic": (
        "class Out(BaseModel):\n    a: Literal[{value}, 'other']\n    n: int\n",
        "Out(a={value}, n=x)",
    ),
    "enum": ("class Out(Enum):\n    A = {value}\n    B = 'other'\n", "Out.A"),
    "enum-field": (
        (
            "class E(str, Enum):\n    B = 'other'\n    A = {value}\n"
            "@dataclass\nclass Out:\n    e: E\n    n: int\n"
        ),
        "Out(e=E.A, n=x)",
    ),
}


def rows() -> Iterator[Row]:
    for number, (name, spelling) in enumerate(SPELLINGS.items()):
        for step in (0, 1):
            holder = list(HOLDERS)[(number + step) % len(HOLDERS)]
            before = _tree(spelling, "a", holder)
            yield Row(f"constants:{name}/{holder}/changed", before, _tree(spelling, "b", holder))
        plain = Spelling(spelling.declare, "'a-x'", spelling.files)
        yield Row(f"constants:{name}/{holder}/respelled", before, _tree(plain, "a", holder))


def _tree(spelling: Spelling, v: str, holder: str) -> dict[str, str]:
    declare, value = (text.replace("{v!r}", repr(v)) for text in spelling[:2])
    written, made = (text.replace("{value}", value) for text in HOLDERS[holder])
    if not spelling.files:
        return {"flow.py": flow(f"{declare}\n{written}", "Out", made)}
    head = "import consts\nfrom consts import *\n"
    return {"flow.py": flow(written, "Out", made, head=head), "consts.py": declare}
