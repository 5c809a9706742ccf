"""What a run would look at, without judging it: files and settings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from sigclock.project.projects import Project
from sigclock.source import SourceTree
from sigclock.verdict.wording import inert

_SOURCES = (".py", ".pyi")


def files(tree: SourceTree, projects: Sequence[Project]) -> str:
    """The Python files that are read for tasks, a path a line."""
    paths = [path for path in tree.paths() if path.endswith(_SOURCES)]
    found = [path for path in paths if any(project.selects(path) for project in projects)]
    return "".join(f"{inert(path)}\n" for path in found)


def settings(projects: Sequence[Project]) -> str:
    """The settings of each project as `[tool.sigclock]` would have them."""
    return "\n".join("".join(f"{line}\n" for line in _project(project)) for project in projects)


def _project(project: Project) -> Iterator[str]:
    origin = project.configuration_path if project.is_configured else "defaults"
    yield f"# {inert(origin)}, lock {inert(project.lock_path)}"
    for name, value in msgspec.structs.asdict(project.config).items():
        shown = list(value) if isinstance(value, tuple) else value
        text = "not set" if shown is None else inert(msgspec.json.encode(shown).decode())
        yield f"{name.replace('_', '-')} = {text}" if shown is not None else f"# {name} is {text}"
