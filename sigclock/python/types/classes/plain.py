"""Every other class: what its source shows of an instance; Flyte pickles it."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from sigclock.interface.snapshot import ClassKind, Flyte1Form, Flyte2Form
from sigclock.python.names.canonical import ExternalNames
from sigclock.python.types.class_view import ClassView, RawClass, RawField, strings

KIND = ClassKind(
    name="class",
    flyte1=Flyte1Form.PICKLE,
    flyte2=Flyte2Form.PICKLE,
    flyte1_transformer="",
    stands_for_target=False,
    named_in_pickle=True,
    pickled_by_position=False,
    pickled_if_generic=False,
    fields_are_outputs=False,
)
NAMES = ExternalNames()


def claims(view: ClassView) -> bool:
    """Whatever no other reader took."""
    del view
    return True


def read(view: ClassView) -> RawClass:
    """Annotated names, `__slots__`, and `self.x = …` in `__init__`; each once, typed first."""
    found: dict[str, RawField] = {}
    for field in (*view.annotated(), *_slots(view), *_assigned(view)):
        known = found.get(field.name)
        if known is None or (known.annotation is None and field.annotation is not None):
            found[field.name] = field
    return RawClass(KIND, tuple(found.values()))


def _slots(view: ClassView) -> Iterator[RawField]:
    for statement in view.statements():
        match statement:
            case ast.Assign([ast.Name("__slots__")], value):
                names = strings(value) or []
                if isinstance(value, ast.Constant) and isinstance(value.value, str):
                    names = [value.value]
                for name in names:
                    yield RawField(name, None, statement.lineno)
            case _:
                continue


def _assigned(view: ClassView) -> Iterator[RawField]:
    for statement in view.statements():
        if isinstance(statement, ast.FunctionDef) and statement.name in {
            "__init__",
            "__post_init__",
            "__setstate__",
        }:
            yield from _attributes(statement)


def _attributes(init: ast.FunctionDef) -> Iterator[RawField]:
    """`self.x: T = …`, and `self.x = x` with the annotation of the parameter."""
    arguments = [*init.args.posonlyargs, *init.args.args]
    if not arguments:
        return
    itself = arguments[0].arg
    annotations = {a.arg: a.annotation for a in (*arguments, *init.args.kwonlyargs)}
    for node in ast.walk(init):
        match node:
            case ast.Assign(targets, value):
                for target in targets:
                    if name := _own(target, itself):
                        yield RawField(
                            name, _annotation(value, annotations), node.lineno, guess=_guess(value)
                        )
            case ast.AnnAssign(target, annotation) if name := _own(target, itself):
                yield RawField(name, annotation, node.lineno)
            case _:
                continue


def _own(target: ast.AST, itself: str) -> str | None:
    match target:
        case ast.Attribute(ast.Name(owner), name) if owner == itself:
            return name
        case _:
            return None


def _annotation(value: ast.expr, annotations: dict[str, ast.expr | None]) -> ast.expr | None:
    return annotations.get(value.id) if isinstance(value, ast.Name) else None


def _guess(value: ast.expr) -> str | None:
    """The builtin type of a literal."""
    match value:
        case ast.Constant(bool() | int() | float() | str() | bytes() as constant):
            return type(constant).__name__
        case ast.List() | ast.ListComp():
            return "list"
        case ast.Dict() | ast.DictComp():
            return "dict"
        case _:
            return None
