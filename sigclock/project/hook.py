"""What a hook does at a commit: judge it, and fix it in the index and in the work tree."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from sigclock.errors import GitError, SigclockError
from sigclock.git import atomic_write, staging
from sigclock.git.atomic_write import FileChange
from sigclock.git.hook_scripts import work_tree
from sigclock.git.repository import Repository
from sigclock.git.trees import Disk, Overlay
from sigclock.project import baseline, commit, edits, projects
from sigclock.project.commit import Judged, judge
from sigclock.project.projects import Overrides
from sigclock.verdict.finding import Level, Report, fails
from sigclock.verdict.report import assemble

#: Set by a framework where it checks a range of commits: the one before it, and its last one. Where
#: all of a branch is pushed, only the branch is named.
_FROM = "PRE_COMMIT_FROM_REF"
#: Set by it, and by prek, for every hook.
_FRAMEWORK = "PRE_COMMIT"
_TO = ("PRE_COMMIT_TO_REF", "PRE_COMMIT_LOCAL_BRANCH")


class Result(msgspec.Struct, frozen=True):
    """`stopped` says why the commit must not go on although the code has no finding."""

    report: Report
    fail_on: Level
    stopped: str = ""

    @property
    def silent(self) -> bool:
        """Whether there is nothing to say about this commit."""
        report = self.report
        news = any(finding.new for finding in report.findings)
        return not (news or report.bumps or report.notes or report.written or self.stopped)

    @property
    def fails(self) -> bool:
        """Whether a finding stops the commit; what the parent had already does not."""
        return fails(self.report.findings, self.fail_on)


def run(
    directory: str, overrides: Overrides, *, merge: bool = False, brief: bool = False
) -> Result | None:
    """Judge what is staged, fix it in the index and in the work tree; None if nothing matters.

    `staging.is_nothing_to_do` answers the last at little cost, before this module is imported.
    `merge` is set where Git has made the tree of a merge already, so that `git commit` must follow.
    If `brief`, the report may leave out tasks that the commit cannot affect.
    """
    repository = Repository.open(directory)
    next_commit = commit.next_commit(repository)
    touched = (
        list(next_commit.staged)
        if next_commit and next_commit.staged
        else staging.staged_paths(repository)
    )
    if not staging.concerns(repository, touched):
        return None
    judged = commit.judge_commit(repository, overrides, next_commit, brief=brief)
    changes = edits.planned(judged.tree, judged.analyses)
    # Nobody wants a new lock without any task.
    changes = tuple(
        change for change in changes if change.before is not None or _has_tasks(judged, change)
    )
    partial = staging.is_partial_commit()
    notes, copies = _write(repository, judged, changes, frozenset(touched), stage=not partial)
    if not (partial and changes):
        commit.remember(judged, changes)
    stopped = "the merge is fixed; complete it: git commit" if merge and changes else ""
    if partial and changes:
        stopped = _again(repository, touched, changes)
    # Git throws the index of `git commit PATH` away: only what is on disk was written.
    return _result(judged, "index", copies if partial else changes, notes, stopped)


def run_on_files(
    directory: str,
    overrides: Overrides,
    environment: Mapping[str, str],
    *,
    write: bool,
    brief: bool = False,
) -> Result | None:
    """The same for a framework that puts the staged contents on disk and stages nothing itself.

    Without anything staged (`--all-files`, CI) all findings count. A push is judged by what is
    pushed, also where that is not what lies on disk; then nothing is written.
    """
    repository = Repository.open(directory)
    pushed = _pushed(repository, environment)
    if pushed is not None:
        return _of_push(repository, overrides, pushed, _base(repository, environment, ()))
    root = work_tree(repository)
    touched = staging.staged_paths(repository)
    base = _base(repository, environment, touched)
    of_commit = bool(touched) and _FROM not in environment
    if of_commit and not staging.concerns(repository, touched):
        return None
    next_commit = commit.next_commit(repository) if of_commit else None
    disk = Disk(root)
    shown = commit.judge_shown(repository, overrides, next_commit) if brief else None
    if shown is not None:
        changes = edits.planned(shown.tree, shown.analyses) if write else ()
        if all(
            disk.holds(change.path) and disk.read(change.path) == change.before
            for change in changes
        ):
            return _on_files(repository, shown, changes, [], environment, write=write)
    tracked = repository.tracked()
    tracked_projects = projects.projects(tracked, overrides)
    unstaged = {
        project.lock_path: disk.read(project.lock_path)
        for project in tracked_projects
        if project.lock_path not in set(tracked.paths()) and disk.holds(project.lock_path)
    }
    tree = Overlay(tracked, unstaged)
    judged = judge(repository, tree, overrides, base)
    changes = edits.planned(tree, judged.analyses) if write else ()
    if not unstaged:
        judged = commit.shown(repository, overrides, next_commit, judged)
    return _on_files(repository, judged, changes, unstaged, environment, write=write)


def _pushed(repository: Repository, environment: Mapping[str, str]) -> str | None:
    """The commit that is pushed, if the files on disk are not its own."""
    names = [environment[name] for name in _TO if environment.get(name)]
    if not names:
        return None
    pushed = repository.commit_id(names[0])
    head = pushed == repository.head() and not staging.staged_paths(repository)
    return None if head and repository.shows_index() else pushed


def _of_push(repository: Repository, overrides: Overrides, pushed: str, base: str | None) -> Result:
    tree = repository.revision(pushed)
    judged = judge(repository, tree, overrides, base, others=[pushed])
    result = _result(judged, pushed, (), [], "", check=True)
    if result.silent:
        return result
    note = f"this is about {pushed[:12]}, which is pushed, and not about the files on disk"
    report = msgspec.structs.replace(result.report, notes=(*result.report.notes, note))
    return msgspec.structs.replace(result, report=report)


def _on_files(
    repository: Repository,
    judged: Judged,
    changes: Sequence[FileChange],
    unstaged: Iterable[str],
    environment: Mapping[str, str],
    *,
    write: bool,
) -> Result:
    """Make the changes on disk, and name the files that belong to the commit."""
    atomic_write.replace(work_tree(repository), changes, repository.own_folder)
    if write:
        commit.remember(judged, changes)
    missing = sorted({*unstaged, *(change.path for change in changes)})
    stopped = _belonging(missing, environment) if missing else ""
    return _result(judged, "worktree", changes, [], stopped, check=not write)


def _belonging(paths: Sequence[str], environment: Mapping[str, str]) -> str:
    """What to do with files that the framework does not stage."""
    names = shlex.join(paths)
    if _FROM in environment:
        return f"they belong to what is pushed: `git add -- {names} && git commit`"
    text = f"they belong to the commit: `git add -- {names}`"
    if _FRAMEWORK not in environment:
        return text
    # The framework puts unstaged hunks aside, and takes a fix back that meets one of them.
    return f"{text}; if that was rolled back, first put aside: `git stash --keep-index`"


def _has_tasks(judged: Judged, change: FileChange) -> bool:
    return any(
        analysis.extraction.snapshot.tasks or analysis.plan.lock.ledger
        for analysis in judged.analyses
        if analysis.project.lock_path == change.path
    )


def _base(
    repository: Repository, environment: Mapping[str, str], touched: Sequence[str]
) -> str | None:
    """The commit whose findings do not count: start of a range, or HEAD if files are staged."""
    try:
        return repository.commit_id(environment[_FROM])
    except (KeyError, GitError):
        return repository.head() if touched else None


def _write(
    repository: Repository,
    judged: Judged,
    changes: Sequence[FileChange],
    touched: frozenset[str],
    *,
    stage: bool,
) -> tuple[list[str], list[FileChange]]:
    """Sources on disk, then the index as a whole, then locks on disk; what was changed on disk.

    Killed in between, the next run chooses the same versions: until the index has the new pair, no
    lock has it.
    """
    root = work_tree(repository)
    disk = Disk(root)

    def read(path: str) -> bytes | None:
        return disk.read(path) if disk.holds(path) else None

    wanted = list(_on_disk(repository, judged, changes, touched, read))
    copies, notes = edits.mirrored(judged.tree, judged.analyses, wanted, read)
    copies = [copy for copy in copies if disk.has_folder(copy.path.rpartition("/")[0])]
    sources = [copy for copy in copies if copy.path not in judged.lock_paths]
    atomic_write.replace(root, sources, repository.own_folder)
    staged: Sequence[FileChange] = ()
    try:
        staging.stage(repository, changes if stage else ())
        staged = changes if stage else ()
        locks_ = [copy for copy in copies if copy.path in judged.lock_paths]
        atomic_write.replace(root, locks_, repository.own_folder)
    except (SigclockError, KeyboardInterrupt) as error:
        staging.unstage(repository, staged)
        _put_back(repository, sources, error)
        raise
    return notes, copies


def _put_back(repository: Repository, sources: Sequence[FileChange], error: BaseException) -> None:
    """Undo what was written on disk; where that is impossible, the error says so."""
    undone = [FileChange(source.path, source.after, source.before or b"") for source in sources]
    try:
        atomic_write.replace(work_tree(repository), undone, repository.own_folder)
    except SigclockError as failure:
        reason = error.message if isinstance(error, SigclockError) else "interrupted"
        names = ", ".join(source.path for source in sources)
        raise SigclockError(
            f"{reason}; the new versions stay on disk, for they could not be taken back: {names}",
            advice=f"{failure.message}: make room or give permission, then commit again",
        ) from error


def _on_disk(
    repository: Repository,
    judged: Judged,
    changes: Sequence[FileChange],
    touched: frozenset[str],
    read: edits.Read,
) -> Iterator[FileChange]:
    """What to repeat on disk; a lock there that equals HEAD's was left by a killed run.

    `touched` are the staged paths that differ from HEAD.
    """
    head = repository.head()
    paths = judged.lock_paths & touched
    before = repository.tree(head, *paths) if head and paths else None
    planned = {change.path: change for change in changes}
    for path in paths:
        old = baseline.read(before, path) if before else None
        new = planned[path].after if path in planned else baseline.read(judged.tree, path)
        if new is not None and old is not None and read(path) == old:
            planned[path] = FileChange(path, old, new)
    yield from planned.values()


def _again(repository: Repository, touched: Sequence[str], changes: Sequence[FileChange]) -> str:
    """What to type after `git commit PATH`, for Git drops its index together with our edits."""
    paths = list(dict.fromkeys([*touched, *(change.path for change in changes)]))
    known = set(repository.index().paths())
    new = [path for path in paths if path in {c.path for c in changes} and path not in known]
    add = f"git add -- {_typed(new)} && " if new else ""
    # Git does not tell a hook whether a commit amends.
    again = f"{add}git commit -- {_typed(paths)}"
    return f"these files belong to the commit: `{again}` (with --amend, if that was given)"


def _typed(paths: Iterable[str]) -> str:
    """Paths as they can be typed where the commit was called: Git hands on which folder that is."""
    top = ":/" if os.environ.get("GIT_PREFIX") else ""
    return shlex.join(f"{top}{path}" for path in paths)


def _result(
    judged: Judged,
    label: str,
    changes: Sequence[FileChange],
    notes: Sequence[str],
    stopped: str,
    *,
    check: bool = False,
) -> Result:
    findings = judged.findings(check=check)
    report = assemble(
        [task for analysis in judged.analyses for task in analysis.tasks.values()],
        findings,
        [analysis.counts for analysis in judged.analyses],
        baseline="lock",
        current=label,
        tree=judged.tree,
        bumps=[bump for analysis in judged.analyses for bump in analysis.plan.bumps if not check],
        notes=[*(note for analysis in judged.analyses for note in analysis.commit_notes), *notes],
        written=[change.path for change in changes],
    )
    return Result(
        report, projects.fail_level(analysis.project for analysis in judged.analyses), stopped
    )
