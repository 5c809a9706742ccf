"""The names that classes had before, as a pickle that was stored then looks for them now."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec

from sigclock.interface.moves import as_stored, left_names
from sigclock.interface.snapshot import Extraction, Snapshot, Task
from sigclock.python.names.modules import Modules
from sigclock.python.names.names import Names
from sigclock.python.names.scopes import ClassSymbol, ModuleSymbol, Symbol, TooInvolvedError
from sigclock.python.types.classes import EXTERNAL_NAMES
from sigclock.python.types.definitions import import_name_of
from sigclock.source import SourceTree
from sigclock.tasks.file_reader import EFFORT, Options


def with_former_names(
    extraction: Extraction, baseline: Snapshot, tree: SourceTree, options: Options
) -> Extraction:
    """The same, with the names of `baseline` that lead to classes which moved since."""
    asked = _asked(baseline, extraction.snapshot)
    found = _leading(tree, options, asked) if asked else {}
    if not found:
        return extraction
    return msgspec.structs.replace(extraction, former_names={**extraction.former_names, **found})


def is_alike(before: Task, after: Task, tree: Callable[[], SourceTree], options: Options) -> bool:
    """Whether what the one stored is what the other stores, by names that classes left behind.

    The tree is asked for only where a class left a name.
    """
    name, now = after.function, Snapshot({after.function: after})
    asked = _asked(Snapshot({name: before}), now)
    if not asked:
        return False
    former = _leading(tree(), options, asked)
    return as_stored(now, after, former).signature == before.signature


def _asked(baseline: Snapshot, current: Snapshot) -> dict[str, str]:
    """The names that classes in pickles of cached tasks left, each with a file that asks for it."""
    asked: dict[str, str] = {}
    for name, task in current.tasks.items():
        before = baseline.tasks.get(name)
        if before is not None and task.cached and before.signature != task.signature:
            left = left_names(baseline, before, current, task)
            asked.update(dict.fromkeys(left, task.path))
    return asked


def _leading(tree: SourceTree, options: Options, asked: Mapping[str, str]) -> dict[str, str]:
    """Of names that a file asks for, those that lead to a class for certain, with its own name."""
    names = Names(Modules(tree, EXTERNAL_NAMES, options.layout))
    names.left = EFFORT
    found: dict[str, str] = {}
    for dotted, importer in sorted(asked.items()):
        try:
            symbols = _loaded(dotted, importer, names)
        except (TooInvolvedError, RecursionError):
            break
        if len(symbols) == 1 and isinstance(symbols[0], ClassSymbol):
            found[dotted] = import_name_of(symbols[0])
    return found


def _loaded(dotted: str, importer: str, names: Names) -> list[Symbol]:
    """What a pickle gets: of the module with the longest name an attribute, and so on."""
    parts = dotted.split(".")
    for number in range(len(parts) - 1, 0, -1):
        prefix = ".".join(parts[:number])
        path = names.modules.find(prefix, importer)
        module = names.modules.module(path) if path is not None else None
        if module is not None and module.name == prefix:
            symbols: list[Symbol] = [ModuleSymbol(prefix, importer, module)]
            for part in parts[number:]:
                symbols = [found for owner in symbols for found in names.member(owner, part)]
            return symbols
    return []
