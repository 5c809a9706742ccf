"""`init`: write `[tool.sigclock]` if it is absent, write the lock, say what comes next."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator

import click

from sigclock.cli.options import Settings, say
from sigclock.errors import GitError
from sigclock.git import atomic_write, hook_scripts, refs
from sigclock.git.atomic_write import FileChange
from sigclock.git.repository import Repository
from sigclock.git.trees import Overlay
from sigclock.lock import reader
from sigclock.project import analysis, config, git_drivers, projects, source_ledger
from sigclock.project.analysis import Analysis, Scope
from sigclock.project.projects import Overrides
from sigclock.python.names.modules import Modules
from sigclock.source import SourceTree, named
from sigclock.verdict.finding import fails
from sigclock.verdict.wording import count, shown_by_check

_PYPROJECT = "pyproject.toml"
_MOST_ROOTS = 6


@click.command()
@click.option("--hook", is_flag=True, help="Install Git's hooks, as `sigclock hook install` does.")
@click.option("--merge-driver", is_flag=True, help="Have Git merge locks by meaning.")
@click.option("--diff-driver", is_flag=True, help="Have `git diff` show locks as short text.")
def command(**options: bool) -> None:
    """Set a project up: configuration and lock. Safe to repeat."""
    settings = Settings({})
    say(run(settings.directory, settings.overrides(), **options), flows=True)


def run(
    directory: str,
    overrides: Overrides,
    *,
    hook: bool = False,
    merge_driver: bool = False,
    diff_driver: bool = False,
) -> str:
    """Set up the project, or refresh it; the text says what was done, and what is left to do.

    Hooks and drivers, which lie outside of the tree, are touched only on request.
    """
    repository = Repository.open(directory)
    if repository.root is None:
        raise GitError(
            "this repository is bare", advice="run `sigclock init` in a clone with a work tree"
        )
    if hook:
        hook_scripts.refuse_others(repository)
    on_disk = repository.worktree()
    added = _configuration(on_disk)
    # The configuration to be decides what the lock covers.
    tree = Overlay(on_disk, {change.path: change.after for change in added})
    scope = Scope(sources=source_ledger.beside(repository, tree, overrides), bump=False)
    found = projects.projects(tree, overrides)
    analyses = [analysis.analyse(repository, tree, project, scope) for project in found]
    level = projects.fail_level(found)
    failing = any(fails(analysed.findings, level) for analysed in analyses)
    # Whatever can be refused was: what is written is all of it or nothing.
    changes = [*added, *(change for analysed in analyses for change in _outdated(analysed))]
    atomic_write.replace(repository.root, changes, repository.own_folder)
    left = "is there already; it is left as it is"
    lines = [f"{_PYPROJECT}: [tool.sigclock] added" if added else f"[tool.sigclock] {left}"]
    lines += [line for analysed in analyses for line in _lock(repository, analysed)]
    if hook:
        lines += hook_scripts.install_all(repository)
    lines += git_drivers.set_up(repository, merge=merge_driver, diff=diff_driver)
    lines += _offers(repository, hook=hook, merge_driver=merge_driver, diff_driver=diff_driver)
    if not any(project.config.guard for project in found):
        lines += ["offer: `guard = true` in [tool.sigclock] guards the local cache while you edit"]
    if not any(analysed.extraction.snapshot.tasks for analysed in analyses):
        lines += ["warning: there is no task in this repository; is it the right one?"]
    lines += [f"next: commit these files; in CI, run {_ci_command(repository, failing=failing)}"]
    return "".join(f"{line}\n" for line in lines)


def _ci_command(repository: Repository, *, failing: bool) -> str:
    """The check that fails on what is new, where it is known what that is.

    Without a remote, the current branch stands for it if a whole check would fail.
    """
    here = refs.current_branch(repository.git) if failing and repository.head() else None
    branch = repository.default_branch() or here
    if branch is None:
        return "`sigclock check`"
    name = branch.removeprefix("refs/remotes/").removeprefix("refs/heads/")
    why = ", which fails on what is new" if failing else ""
    return f"`sigclock check --against {shlex.quote(name)}`{why}"


def _offers(
    repository: Repository, *, hook: bool, merge_driver: bool, diff_driver: bool
) -> Iterator[str]:
    """A line for each hook or driver that is neither requested nor installed."""
    if not hook and not hook_scripts.is_at_work(repository):
        yield "offer: `sigclock init --hook` bumps in each commit (or use .pre-commit-config.yaml)"
    drivers = {
        "merge.sigclock.driver": (merge_driver, "--merge-driver` merges locks by meaning"),
        "diff.sigclock.textconv": (
            diff_driver,
            "--diff-driver` shows locks as short text",
        ),
    }
    for key, (requested, text) in drivers.items():
        if not requested and repository.setting(key) is None:
            yield f"offer: `sigclock init {text}"


def _configuration(tree: SourceTree) -> list[FileChange]:
    """The table to add; nothing where there is one."""
    present = named(tree.paths(), _PYPROJECT)
    if any(config.has_table(tree.read(path)) for path in present):
        return []
    before = tree.read(_PYPROJECT) if _PYPROJECT in present else None
    table = _table(_roots(tree))
    gap = b"\n" if before and before.strip() else b""
    if before and not before.endswith(b"\n"):
        gap = b"\n\n"
    added = gap + table
    if before and b"\r\n" in before:
        added = added.replace(b"\n", b"\r\n")
    after = (before or b"") + added
    # A file that is not valid TOML is refused before it is made longer.
    config.load(after, _PYPROJECT)
    return [FileChange(_PYPROJECT, before, after)]


def _roots(tree: SourceTree) -> list[str]:
    """The source roots of the files that hold tasks; empty if they are too many."""
    from sigclock.python.types.classes import EXTERNAL_NAMES  # noqa: PLC0415 - likewise
    from sigclock.tasks.extract import extract  # noqa: PLC0415 - only on the first run

    modules = Modules(tree, EXTERNAL_NAMES)
    tasks = extract(tree).snapshot.tasks.values()
    roots = sorted({modules.root_of(task.path) or "." for task in tasks})
    return roots if len(roots) <= _MOST_ROOTS else []


def _table(roots: list[str]) -> bytes:
    lines = ["[tool.sigclock]"]
    if roots and roots != ["."]:
        lines.append(f"source-roots = {json.dumps(roots, ensure_ascii=False)}")
    return ("\n".join(lines) + "\n").encode()


def _outdated(analysis: Analysis) -> Iterator[FileChange]:
    """The lock, where it is not current."""
    if analysis.outdated:
        data = reader.dumps(analysis.plan.lock)
        yield FileChange(analysis.project.lock_path, analysis.lock_data, data)


def _lock(repository: Repository, analysis: Analysis) -> list[str]:
    path = analysis.project.lock_path
    snapshot = analysis.extraction.snapshot
    cached = sum(task.cached for task in snapshot.tasks.values())
    sdks = ", ".join(sorted({task.sdk.value for task in snapshot.tasks.values()})) or "no Flyte SDK"
    state = "written" if analysis.outdated else "is current"
    lines = [f"{path}: {state}, {count(len(snapshot.tasks), 'task')} ({sdks}), {cached} cached"]
    if repository.ignores(path):
        lines.append(
            f"{path} is ignored by Git: add the line `!{path.rpartition('/')[2]}` to .gitignore, "
            f"or run `git add -f {shlex.quote(path)}`"
        )
    findings = [finding for finding in analysis.findings if finding.level.value != "info"]
    if findings:
        lines.append(f"{count(len(findings), 'finding')}: {shown_by_check(len(findings))}")
    return lines
