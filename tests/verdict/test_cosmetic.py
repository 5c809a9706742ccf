"""Edits that no stored value can notice cost no cache: over modules drawn at random."""

from __future__ import annotations

from typing import NamedTuple

from hypothesis import given
from hypothesis import strategies as st
from support.locks import DictTree

from sigclock.lock.lock import Lock
from sigclock.tasks.extract import extract
from sigclock.verdict import plan
from sigclock.verdict.plan import Policy

SCALARS = ("int", "str", "float", "bool")


class Part(NamedTuple):
    """A field: its name, a scalar or the number of an earlier class, and what is around it."""

    name: str
    inner: str | int
    around: str


class Style(NamedTuple):
    """How one and the same structure is written."""

    suffix: str
    order: int
    optional: str
    generics: str
    quoted: bool
    postponed: bool
    imported: str
    comment: str
    default: bool
    method: bool
    blank: int


PARTS = st.builds(
    Part,
    st.sampled_from(["a", "b", "c", "mean", "count"]),
    st.one_of(st.sampled_from(SCALARS), st.integers(0, 2)),
    st.sampled_from(["", "list", "dict", "optional"]),
)
CLASSES = st.lists(
    st.lists(PARTS, min_size=1, max_size=4, unique_by=lambda part: part.name),
    min_size=1,
    max_size=3,
)
STYLES = st.builds(
    Style,
    suffix=st.sampled_from(["", "Row", "_v2"]),
    order=st.integers(0, 3),
    optional=st.sampled_from(["Optional[{}]", "{} | None", "Union[{}, None]", "Union[None, {}]"]),
    generics=st.sampled_from(["list dict", "List Dict", "typing.List typing.Dict"]),
    quoted=st.booleans(),
    postponed=st.booleans(),
    imported=st.sampled_from(["from app.models import {0}", "import app.models as m", "relative"]),
    comment=st.sampled_from(["", "# a word\n", "'''A docstring.'''\n"]),
    default=st.booleans(),
    method=st.booleans(),
    blank=st.integers(0, 2),
)


def spelled(part: Part, number: int, style: Style) -> str:
    inner = part.inner
    if isinstance(inner, int):
        # A class can only hold one that stands above it.
        inner = f"C{inner % number}{style.suffix}" if number else "int"
    lists, dicts = style.generics.split()
    text = {
        "": "{}",
        "list": f"{lists}[{{}}]",
        "dict": f"{dicts}[str, {{}}]",
        "optional": style.optional,
    }[part.around].format(inner)
    return repr(text) if style.quoted else text


def rotated(parts: list[Part], by: int) -> list[Part]:
    by %= len(parts)
    return [*parts[by:], *parts[:by]]


def models(classes: list[list[Part]], style: Style) -> str:
    lines = ["from __future__ import annotations"] if style.postponed else []
    lines += ["import typing", "from dataclasses import dataclass, field"]
    lines += ["from typing import Dict, List, Optional, Union"]
    for number, parts in enumerate(classes):
        lines += [""] * style.blank
        lines += ["@dataclass", f"class C{number}{style.suffix}:"]
        body = style.comment.splitlines()
        default = " = field(default=None)" if style.default else ""
        for part in rotated(parts, style.order):
            body.append(f"{part.name}: {spelled(part, number, style)}{default}")
        if style.method:
            body += ["def total(self) -> int:", "    return 0"]
        lines += [f"    {line}" for line in body]
    return "\n".join(lines) + "\n"


def project(classes: list[list[Part]], style: Style) -> dict[str, str]:
    last = f"C{len(classes) - 1}{style.suffix}"
    if style.imported == "relative":
        brought, used = f"from .models import {last}", last
    else:
        brought = style.imported.format(last)
        used = f"m.{last}" if " as m" in brought else last
    flow = (
        f"from flytekit import task\n{brought}\n\n\n"
        f'@task(cache=True, cache_version="1.0")\ndef fit(x: int) -> {used}:\n    ...\n'
    )
    return {"app/__init__.py": "", "app/models.py": models(classes, style), "app/flow.py": flow}


@given(CLASSES, STYLES, STYLES)
def test_what_no_stored_value_notices_bumps_nothing(
    classes: list[list[Part]], before: Style, after: Style
) -> None:
    baseline, current = (extract(DictTree(project(classes, one))) for one in (before, after))
    lock = plan.plan(Lock(), baseline, {}, Policy()).lock

    following = plan.plan(lock, current, {}, Policy())

    assert baseline.snapshot.tasks["app.flow.fit"].outputs
    assert (following.bumps, following.edits, following.lock.ledger) == ((), (), lock.ledger)


@given(CLASSES, STYLES, STYLES, st.data())
def test_and_what_one_does_notice_is_bumped_through_all_of_it(
    classes: list[list[Part]], before: Style, after: Style, data: st.DataObject
) -> None:
    number = len(classes) - 1
    changed = [list(parts) for parts in classes]
    changed[number] = [*changed[number], Part("added", data.draw(st.sampled_from(SCALARS)), "")]
    baseline = extract(DictTree(project(classes, before)))
    lock = plan.plan(Lock(), baseline, {}, Policy()).lock

    following = plan.plan(lock, extract(DictTree(project(changed, after))), {}, Policy())

    assert [(bump.baseline, bump.current) for bump in following.bumps] == [("1.0", "1.1")]
