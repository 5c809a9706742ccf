"""A repository with unsaved buffers, judged whole once, and then as far as an edit can reach."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from functools import cache, cached_property
from pathlib import Path

import msgspec

from sigclock.git.names import is_forged
from sigclock.git.repository import Repository
from sigclock.git.trees import Disk, Overlay, WorkTree, blob_id
from sigclock.interface.snapshot import Extraction
from sigclock.lock.lock import Account
from sigclock.lsp.affected import Affected, Before, Cancelled, Part, ReachesFarError
from sigclock.lsp.index import Index
from sigclock.project import analysis, baseline, issuers, projects, source_ledger
from sigclock.project.analysis import Analysis, Scope
from sigclock.project.baseline import Baseline
from sigclock.project.coverage import missing
from sigclock.project.migration import migrated
from sigclock.project.projects import Overrides, Project
from sigclock.project.references import References
from sigclock.python.names.modules import Modules
from sigclock.python.types.classes import EXTERNAL_NAMES
from sigclock.source import LOCK_NAME, SourceTree
from sigclock.tasks.extract import extract
from sigclock.tasks.file_reader import FileSummary
from sigclock.tasks.memory import Memory
from sigclock.tasks.tree_state import TreeState
from sigclock.verdict import judge
from sigclock.verdict.finding import Finding, TaskReport
from sigclock.verdict.rules import lock_outdated, version_reused

_PYTHON = (".py", ".pyi")

#: What is said of a finding, and the signatures that its version was issued for.
_Reuse = tuple[str, frozenset[str]]
#: Tells whether anybody still waits for a judgement.
Wanted = Callable[[], bool]


class View(msgspec.Struct, frozen=True, dict=True):
    """One project as it is judged now: `whole`, and the `part` that edits reached since."""

    whole: Analysis
    part: Part | None = None

    def analysis_of(self, name: str) -> Analysis:
        """The analysis that has a task."""
        return self.part.analysis if self.part and name in self.part.names else self.whole

    @cached_property
    def tasks(self) -> dict[str, TaskReport]:
        """The report of every task."""
        if self.part is None:
            return self.whole.tasks
        names = self.part.names
        kept = {name: task for name, task in self.whole.tasks.items() if name not in names}
        return {**kept, **self.part.analysis.tasks}

    @cached_property
    def findings(self) -> list[Finding]:
        """The findings as `check` has them."""
        told = analysis.findings_of([self.whole])
        if self.part is None:
            return told
        names, paths = self.part.names, self.part.paths
        lock = self.whole.project.lock_path
        left = [
            finding
            for finding in told
            if finding.task not in names
            and finding.path not in paths
            and finding.rule != lock_outdated.RULE.id
        ]
        found = [msgspec.structs.replace(one, fixed=False) for one in self.part.analysis.findings]
        if self.part.outdated:
            found.append(lock_outdated.outdated(lock, missing=self.whole.lock_data is None))
        return sorted([*left, *found], key=judge.order)


class _Listening(Memory):
    """A memory that ends the reading of a tree for which nobody waits any more."""

    def __init__(self, blobs: Mapping[str, str], state: TreeState | None, wanted: Wanted) -> None:
        super().__init__(blobs, state)
        self._wanted = wanted

    def summary(self, path: str) -> FileSummary | None:
        if not self._wanted():
            raise Cancelled
        return super().summary(path)


class Judging:
    """The work tree of one repository below the buffers of an editor; for one thread at a time.

    Nothing is written to the store, except by the first reading, which has no buffers.
    """

    def __init__(self, root: Path) -> None:
        self._repository = Repository.open(root)
        self.root = self._repository.root or root
        self._disk = Disk(self.root)
        self._before: list[Before] = []
        self._indexes: dict[int, Index] = {}
        self._states: dict[str, TreeState] = {}
        self._blobs: dict[str, str] = {}
        #: What edited files were when the tree was judged.
        self._was: dict[str, bytes] = {}
        self._places = {LOCK_NAME, "pyproject.toml"}
        #: What is said of a version that is reused, with the commits that issued it.
        self._issuers: dict[_Reuse, str] = {}
        #: Whether files belong to the tree that it may not have yet.
        self._known: dict[str, bool] = {}
        self._stamp: object = None
        self.read_whole = 0

    def views(
        self, buffers: Mapping[str, bytes], touched: Iterable[str], wanted: Wanted
    ) -> list[View]:
        """Every project, judged with these buffers; `touched` files may be others on disk now.

        `Cancelled` once it is no longer wanted.
        """
        if self._before and self.is_current():
            with suppress(ReachesFarError):
                return self._affected(buffers, touched, wanted)
        return self._whole(buffers, wanted)

    def laid_over(self, buffers: Mapping[str, bytes]) -> tuple[Repository, WorkTree | Overlay]:
        """The work tree as the buffers would make it; the tree itself where all are saved."""
        below = self._repository.worktree()
        contents = {
            path: data
            for path, data in self._own(buffers).items()
            if baseline.read(below, path) != data
        }
        return self._repository, Overlay(below, contents) if contents else below

    def _own(self, buffers: Mapping[str, bytes]) -> dict[str, bytes]:
        """The buffers of files that belong to the tree, or will: Git ignores none of them."""
        return {path: data for path, data in buffers.items() if self._belongs(path)}

    def _belongs(self, path: str) -> bool:
        if path in self._blobs:
            return True
        if path not in self._known:
            is_other = is_forged(path) or bool(self._disk.mode(path)) != self._disk.holds(path)
            self._known[path] = not (is_other or self._repository.ignores(path))
        return self._known[path]

    def is_current(self) -> bool:
        """Whether Git and the locks are as they were when the tree was judged."""
        return self._stamp == self._now()

    def prepare(self) -> None:
        """Find out what the first edit asks for."""
        for number, before in enumerate(self._before):
            self._index(number)
            before.sources()
            len(before.baseline.elsewhere or ())

    # -- an edit -----------------------------------------------------------------------------

    def _affected(
        self, buffers: Mapping[str, bytes], touched: Iterable[str], wanted: Wanted
    ) -> list[View]:
        edits = self._edits(buffers, touched)
        if not edits:
            return [View(before.analysis) for before in self._before]
        if len(self._before) > 1:
            self._refuse_shared_names()
        views = []
        for number, before in enumerate(self._before):
            part = Affected(before, self._index(number), self._was, edits, wanted).judged()
            found = self._with_issuers(part.analysis, before.baseline)
            part = msgspec.structs.replace(part, analysis=found)
            views.append(View(before.analysis, part))
        return views

    def _edits(self, buffers: Mapping[str, bytes], touched: Iterable[str]) -> dict[str, bytes]:
        """The files that are others than when the tree was judged."""
        contents = self._own(buffers)
        for path in touched:
            if path not in contents and self._belongs(path):
                if not self._disk.holds(path):
                    raise ReachesFarError
                contents[path] = self._disk.read(path)
        for path, data in contents.items():
            if path not in self._was:
                self._was[path] = self._before_edit(path, data)
        return {path: data for path, data in contents.items() if data != self._was[path]}

    def _before_edit(self, path: str, data: bytes) -> bytes:
        """What a file was when the tree was judged, if that is what it is now, or on disk."""
        digits = len(next(iter(self._blobs.values()), ""))
        for known in (data, self._disk.read(path) if self._disk.holds(path) else b""):
            if self._blobs.get(path) == blob_id(known, digits):
                return known
        raise ReachesFarError

    def _index(self, number: int) -> Index:
        if number not in self._indexes:
            self._indexes[number] = Index(self._before[number].state)
        return self._indexes[number]

    def _refuse_shared_names(self) -> None:
        """Flyte's names have no project in them: what one chooses may be issued for the next."""
        names = [set(before.analysis.plan.decisions) for before in self._before]
        if len(set().union(*names)) != sum(map(len, names)):
            raise ReachesFarError

    # -- the whole ---------------------------------------------------------------------------

    def _whole(self, buffers: Mapping[str, bytes], wanted: Wanted) -> list[View]:
        repository = self._repository
        tips = repository.head(), repository.arriving()
        self._known, self._issuers = {}, {}
        _, tree = self.laid_over(buffers)
        sources = source_ledger.beside(repository, tree, Overrides())
        paths = [path for path in tree.paths() if path.endswith(_PYTHON)]
        blobs = tree.ids(paths) or {}
        found: list[Before] = []

        def judged(project: Project, scope: Scope) -> Analysis:
            before = self._judged(project, tree, blobs, scope, wanted)
            found.append(before)
            return before.analysis

        known = projects.projects(tree, Overrides())
        self._places = {LOCK_NAME, "pyproject.toml"}
        self._places.update(project.lock_path for project in known)
        self._places.update(project.configuration_path for project in known)
        stamp = (tips, self._now()[1])
        references = References(repository, tree, Overrides())
        analysis.in_turn(known, Scope(sources=sources, references=references), judged)
        self._before, self._blobs, self._indexes = found, blobs, {}
        self._stamp, self._was = stamp, self._own(buffers)
        self._states = {before.analysis.project.directory: before.state for before in found}
        self.read_whole += 1
        return [View(before.analysis) for before in found]

    def _judged(
        self,
        project: Project,
        tree: SourceTree,
        blobs: Mapping[str, str],
        scope: Scope,
        wanted: Wanted,
    ) -> Before:
        repository, options = self._repository, project.options()
        extraction, state = self._read(project, tree, blobs, wanted)
        known = baseline.find(repository, tree, project.lock_path, (), extraction.snapshot)
        known = migrated(repository, project, tree, known)
        found = analysis.judge(project, known, extraction, tree, scope)
        found = self._with_issuers(found, known)
        lacking = tuple(missing(project, extraction, found.lock, tree))
        found = msgspec.structs.replace(found, missing=lacking)
        modules = Modules(tree, EXTERNAL_NAMES, options.layout)
        head = cache(lambda: self._issued_at_head(tree))
        return Before(found, known, state, tree, options, modules, head, scope.references)

    def _with_issuers(self, found: Analysis, known: Baseline) -> Analysis:
        """The analysis, in which reused versions have their commits; Git is asked once for each."""
        decisions = found.plan.decisions

        def reuse(finding: Finding) -> _Reuse | None:
            decision = decisions.get(finding.task or "")
            if decision is None or finding.rule != version_reused.RULE.id:
                return None
            return finding.message, decision.conflicting

        pairs = [(finding, reuse(finding)) for finding in found.findings]
        if any(key is not None and key not in self._issuers for _, key in pairs):
            asked = issuers.told(self._repository, known.lock_paths, found.findings, decisions)
            for (_, key), told in zip(pairs, asked, strict=True):
                if key is not None:
                    self._issuers[key] = told.message
        findings = [
            finding if key is None else msgspec.structs.replace(finding, message=self._issuers[key])
            for finding, key in pairs
        ]
        return msgspec.structs.replace(found, findings=findings)

    def _read(
        self, project: Project, tree: SourceTree, blobs: Mapping[str, str], wanted: Wanted
    ) -> tuple[Extraction, TreeState]:
        state = self._states.get(project.directory)
        if state is None and not isinstance(tree, Overlay):
            reading = project.reading(self._repository, tree)
            return reading.extraction, reading.state or TreeState()
        memory = _Listening(blobs, state, wanted)
        extraction = extract(tree, project.options(), memory)
        return extraction, memory.state or TreeState()

    def _issued_at_head(self, tree: SourceTree) -> Mapping[str, Account]:
        """What HEAD's sources issued: with an edit, the tree is another one."""
        repository = self._repository
        commits = [head] if (head := repository.head()) else []
        commits += repository.arriving()
        return source_ledger.of_commits(repository, commits, tree, Overrides())

    # -- what Git has ------------------------------------------------------------------------

    def _now(self) -> tuple[object, object]:
        """HEAD with what arrives, and the files that are no source, as they are now."""
        repository = self._repository
        stamps = []
        for place in sorted(self._places):
            with suppress(OSError):
                status = (self.root / place).stat()
                stamps.append((place, status.st_mtime_ns, status.st_size))
        return (repository.head(), repository.arriving()), stamps
