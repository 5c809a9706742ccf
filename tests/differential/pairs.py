"""All pairs: each edit directly, and in turn inside other types and in other layouts of files."""

from __future__ import annotations

import re
from importlib.util import find_spec
from typing import TYPE_CHECKING, NamedTuple

from support.amount import sample

from differential import classes, interfaces, pickles, plain_types, records, sources, tasks
from differential.sources import Mutation, Source, Tree

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping


class Pair(NamedTuple):
    """Two trees; `hazard` is whether a bump of `produce` is due between them, by the rules."""

    id: str
    before: Tree
    after: Tree
    hazard: bool
    why: str

    @property
    def task(self) -> str:
        return "app.flow.produce" if "app/flow.py" in self.before else "flow.produce"


#: Edits that are enough for a family that is a variant of another one.
FEW = {"field-added", "field-removed", "int-to-str", "list-item", "reordered", "default-changed"}
FEW |= {"renamed", "classvar-added", "docstring-added", "nested-inner-field-added"}
FEW |= {"nested-optional-inner-field-added"}

#: Edits that are none inside an Optional, which takes up the None.
FLATTENED = {"int->optional-int", "optional-int->int"}

#: Flytekit cannot hash the columns of a dataset inside a union, so such a module does not import.
UNIMPORTABLE = re.compile(r"Optional\[Annotated\[[\w.]+, kwtypes")


def pairs(*, whole: bool = False) -> list[Pair]:
    """The pairs for a test run; with `whole`, the product of all edits, wrappers and layouts."""
    edits = mutations(whole=whole)
    wrapped = _wrapped(edits, sources.WRAPPERS, whole=whole)
    found = [*_direct(edits), *wrapped, *_laid_out(edits, whole=whole), *_moved(), *_task_edits()]
    return [pair for pair in found if not UNIMPORTABLE.search(str((pair.before, pair.after)))]


def asked() -> list[Pair]:
    """The pairs to ask SDKs about: one of each edit, two of each family, and a sample."""
    known = pairs()
    edits = {edit_of(pair): pair.id for pair in reversed(known)}
    others = [pair for pair in known if pair.id != edits[edit_of(pair)]]
    chosen = {*edits.values(), *(pair.id for pair in sample(others, lambda pair: pair.id, 8))}
    both = (":docstring-added/direct", ":field-added/direct")
    chosen |= {pair.id for pair in known if pair.id.endswith(both)}
    return [pair for pair in known if pair.id in chosen]


def edit_of(pair: Pair) -> str:
    """What was done, without the family and the place in which it was: `class:renamed`."""
    edit = pair.id.rpartition("/")[0] or pair.id
    family, _, kind = edit.partition(":")
    return f"class:{kind}" if family in records.FAMILIES else edit


def mutations(*, whole: bool = False) -> list[Mutation]:
    tables = (
        *records.field_edits(),
        *classes.class_edits(),
        *plain_types.type_edits(),
        *plain_types.enum_edits(),
        *plain_types.dataset_edits(),
        *interfaces.output_edits(),
        *interfaces.generic_edits(),
        *interfaces.pydantic_edits(),
        *interfaces.dataclass_edits(),
        *pickles.pickled_edits(),
    )
    present = [edit for edit in tables if not edit.needs or find_spec(edit.needs)]
    return [edit for edit in present if whole or not _is_minor(edit)]


def _is_minor(edit: Mutation) -> bool:
    family, _, kind = edit.id.partition(":")
    return bool(family in records.FAMILIES and records.FAMILIES[family].like) and kind not in FEW


def _direct(edits: list[Mutation]) -> Iterator[Pair]:
    for edit in edits:
        yield _pair(edit, "direct", sources.single, sources.direct)


def _wrapped(
    edits: list[Mutation], wrappers: Mapping[str, Callable[[Source], Source]], *, whole: bool
) -> Iterator[Pair]:
    names = [name for name in wrappers if name != "direct"]
    wrapping = [edit for edit in edits if edit.wraps]
    for number, edit in enumerate(wrapping if whole else wrapping[::2]):
        for name in names if whole else [names[number % len(names)]]:
            if not (name == "optional" and edit.id in FLATTENED):
                yield _pair(edit, name, sources.single, wrappers[name])


def _laid_out(edits: list[Mutation], *, whole: bool) -> Iterator[Pair]:
    names = [name for name in sources.LAYOUTS if name != "single"]
    declaring = [edit for edit in edits if _declares(edit)]
    for number, edit in enumerate(declaring if whole else declaring[::4]):
        for name in names if whole else [names[number % len(names)]]:
            yield _pair(edit, name, sources.LAYOUTS[name], sources.direct)


def _declares(edit: Mutation) -> bool:
    return all(sources.names_in(side.declare) for side in (edit.before, edit.after))


def _pair(
    edit: Mutation,
    name: str,
    lay: Callable[[Source], Tree],
    wrap: Callable[[Source], Source],
) -> Pair:
    before, after = (lay(wrap(side)) for side in (edit.before, edit.after))
    hazard = edit.hazard or name in edit.due_in
    return Pair(f"{edit.id}/{name}", before, after, hazard, edit.why)


#: Layouts before and after between which a class has another qualified name.
MOVES = {
    "to-other-module": (sources.package, sources.renamed_module),
    "into-package": (sources.package, sources.reexport),
    "out-of-flow": (sources.single, sources.split),
}

#: Layouts between which every class keeps its qualified name.
RESPELLINGS = {
    "import-relative": (sources.package, sources.relative),
    "import-star": (sources.package, sources.star),
    "import-qualified": (sources.package, sources.qualified),
    "future": (sources.single, sources.with_future),
    "quoted": (sources.single, sources.quoted),
}


def _moved() -> Iterator[Pair]:
    for name, family in records.FAMILIES.items():
        start = records.source(classes.START, family)
        for wrapper in ("direct", "list") if family.wraps and not family.like else ("direct",):
            source = sources.WRAPPERS[wrapper](start)
            for id_, (old, new) in MOVES.items():
                trees = old(source), new(source)
                yield Pair(f"{name}:{id_}/{wrapper}", *trees, family.pickled, "a qualified name")
            for id_, (old, new) in RESPELLINGS.items() if wrapper == "direct" else ():
                yield Pair(
                    f"{name}:{id_}/{wrapper}", old(source), new(source), sources.SILENT, "spelling"
                )


def _task_edits() -> Iterator[Pair]:
    for edit in tasks.task_edits():
        trees = {"flow.py": edit.before}, {"flow.py": edit.after}
        yield Pair(edit.id, *trees, edit.hazard, "the task around its type")
