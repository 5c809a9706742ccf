"""Generated modules, each written in two ways that store the same, with values to return."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from support.amount import FULL
from support.modules import PLAIN, STYLES, Module, Style, modules, written

#: How deep a value is made before its containers are left empty, and before it is given up.
_DEEP, _DEEPEST = 3, 8
_LEAVES = {
    "int": "1",
    "str": "'s'",
    "float": "0.5",
    "bool": "True",
    "datetime": "datetime(2024, 1, 2)",
}


class Cosmetic(NamedTuple):
    """Both ways to write it, and the first of its tasks."""

    before: dict[str, str]
    after: dict[str, str]
    task: str = "tasks.t0"


def cosmetics() -> list[Cosmetic]:
    """The same ones in each run."""
    found: list[Cosmetic] = []
    many = settings(
        max_examples=900 if FULL else 60,
        phases=[Phase.generate],
        database=None,
        suppress_health_check=list(HealthCheck),
    )

    @many
    @given(st.tuples(modules(), STYLES))
    def collect(drawn: tuple[Module, Style]) -> None:
        module, style = drawn
        value = _value(module, module.tasks[0].returns, PLAIN, 0)
        if value is not None and style != PLAIN:
            cosmetic = Cosmetic(_running(module, PLAIN), _running(module, style))
            if _runs(cosmetic.before) and _runs(cosmetic.after):
                found.append(cosmetic)

    collect()
    return found if FULL else found[:8]


def _runs(files: Mapping[str, str]) -> bool:
    """Whether no class names one that comes later, which is drawn as well.

    Where a style spreads them over several files, that is not known.
    """
    text = files.get("models.py", "")
    try:
        exec(compile(text, "models.py", "exec", dont_inherit=True), {"__name__": __name__})  # noqa: S102
    except NameError:
        return False
    return True


def _running(module: Module, style: Style) -> dict[str, str]:
    """The files with the first task alone, whose body returns a value."""
    module = module._replace(tasks=module.tasks[:1])
    files = written(module, style)
    value = _value(module, module.tasks[0].returns, style, 0)
    return {
        path: text.replace("    ...\n", f"    return {value}\n") for path, text in files.items()
    }


def _value(module: Module, type_: object, style: Style, depth: int) -> str | None:
    """An expression of this type; None if there is no end to it."""
    assert isinstance(type_, tuple)
    if depth > _DEEPEST:
        return None
    match type_:
        case ("ref", int(number)):
            return _object(module, number, style, depth)
        case ("list" | "dict" | "optional" as head, inner):
            value = _value(module, inner, style, depth + 1) if depth < _DEEP else None
            full, empty = _CONTAINERS[head]
            return empty if value is None else full.format(value)
        case ("literal", value, *_):
            return repr(value)
        case _:
            return _LEAVES[str(type_[0])]


_CONTAINERS: Mapping[str, tuple[str, str]] = {
    "list": ("[{}]", "[]"),
    "dict": ("{{'k': {}}}", "{}"),
    "optional": ("{}", "None"),
}


def _object(module: Module, number: int, style: Style, depth: int) -> str | None:
    one = module.classes[number]
    renamed = style.renamed and one.kind in {"dataclass", "pydantic"}
    name = f"Form{number}" if renamed else f"C{number}"
    if one.kind == "enum":
        return f"{name}.M{one.values[0]}"
    values = {part: _value(module, type_, style, depth + 1) for part, type_ in one.fields}
    if None in values.values():
        return None
    return f"{name}({', '.join(f'{part}={value}' for part, value in values.items())})"
