"""What has to be written: files of a tree that change, and the same edits in another copy."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

from sigclock.errors import EditError, LockError
from sigclock.git.atomic_write import FileChange
from sigclock.git.trees import Overlay
from sigclock.interface.snapshot import Extraction, VersionSite
from sigclock.lock.reader import dumps
from sigclock.lock.schemes import literal
from sigclock.project import baseline
from sigclock.project.analysis import Analysis, unix
from sigclock.python.names.unparse import str_of
from sigclock.source import Edit, SourceTree
from sigclock.tasks.extract import extract
from sigclock.verdict import rewrite
from sigclock.verdict.finding import Bump

Read = Callable[[str], "bytes | None"]
"""A path → its content in the other copy, None if the copy has no such regular file."""


def planned(
    tree: SourceTree, analyses: Sequence[Analysis], *, anew: bool = False
) -> tuple[FileChange, ...]:
    """Every file that must change; each edit is proved to touch nothing but its literal.

    With `anew` a lock of an older sigclock changes as well.
    """
    edits: dict[str, list[Edit]] = defaultdict(list)
    for analysis in analyses:
        for edit in analysis.plan.edits:
            edits[edit.path].append(edit)
    sources = []
    for path, file_edits in sorted(edits.items()):
        before = tree.read(path)
        sources.append(FileChange(path, before, rewrite.rewrite(before, file_edits)))
    locks_ = [
        FileChange(analysis.project.lock_path, analysis.lock_data, analysis.next_data)
        for analysis in analyses
        if analysis.outdated or (anew and analysis.is_older)
    ]
    return (*sources, *locks_)


def mirrored(
    tree: SourceTree, analyses: Sequence[Analysis], changes: Sequence[FileChange], read: Read
) -> tuple[list[FileChange], list[str]]:
    """The same changes for the other copy, and a sentence for each that is impossible there.

    A file with the same content gets the same change. In a file that differs, the literal is looked
    up again, and left as it is if it was removed or edited by hand. Locks are merged by meaning.
    """
    lock_paths = {analysis.project.lock_path for analysis in analyses}
    copies: list[FileChange] = []
    notes: list[str] = []
    differing: dict[str, bytes] = {}
    for change in changes:
        content = read(change.path)
        if content == change.before and change.path not in lock_paths:
            copies.append(change)
        elif change.path in lock_paths:
            copies += _mirrored_lock(change, content, notes)
        elif content is not None:
            differing[change.path] = content
    copies += _mirrored_sources(tree, analyses, differing, notes)
    return sorted(copies, key=lambda change: change.path in lock_paths), notes


def converged(
    tree: SourceTree,
    analyses: Sequence[Analysis],
    changes: Sequence[FileChange],
    read: Read,
    before: Read,
) -> tuple[list[FileChange], list[str]]:
    """What the other copy lacks of the versions and locks that the tree has after the changes.

    It is the same whoever made them, and nothing the second time. `before` reads the copy from
    which both came. Each sentence tells what is impossible.
    """
    now = {change.path: change.after for change in changes}
    notes: list[str] = []
    edits_by_path: dict[str, list[Edit]] = defaultdict(list)
    contents: dict[str, bytes] = {}
    for analysis in analyses:
        versions = _versions(analysis)
        paths = {path for path, _ in versions}
        differing = {
            path: content
            for path in sorted(paths)
            if (content := read(path)) is not None and content != (now.get(path) or tree.read(path))
        }
        if not differing:
            continue
        contents.update(differing)
        extraction = extract(Overlay(tree, differing), analysis.project.options())
        notes += (
            f"{path}: the other copy cannot be parsed; it is left as it is"
            for path in sorted(extraction.unparsed & differing.keys())
        )
        edits_by_path.update(_lacking(extraction, versions, differing))
    copies: list[FileChange] = []
    for path, edits in sorted(edits_by_path.items()):
        copies += _rewritten(path, contents[path], edits, notes)
    for analysis in analyses:
        path = analysis.project.lock_path
        lock, content = now.get(path) or analysis.lock_data, read(path)
        if lock is not None and content is not None and unix(content) != unix(lock):
            copies += _mirrored_lock(FileChange(path, before(path), lock), content, notes)
    return copies, notes


def _versions(analysis: Analysis) -> dict[tuple[str, str], str]:
    """The version of each task whose literal can be edited, by the literal's file and the task."""
    found = {}
    for name, decision in analysis.plan.decisions.items():
        site = analysis.extraction.sites[name].version
        if site is not None and decision.task.cached and not site.refusal:
            version = decision.next_version or str_of(site.value)
            found[site.location.path, name] = version
    return found


def _lacking(
    extraction: Extraction, versions: Mapping[tuple[str, str], str], paths: Collection[str]
) -> dict[str, list[Edit]]:
    """The edits that give the literals of these files those versions."""
    edits: dict[str, set[Edit]] = defaultdict(set)
    for (path, name), version in versions.items():
        site = extraction.sites[name].version if name in extraction.sites else None
        if site is None or site.location.path != path or path not in paths or site.refusal:
            continue
        if str_of(site.value) != version:
            after = literal(site.literal, site.value, version, site.encoding)
            edits[path].add(Edit(path, site.span, site.literal, after))
    return {path: sorted(found) for path, found in edits.items()}


def _mirrored_lock(
    change: FileChange, content: bytes | None, notes: list[str]
) -> Iterator[FileChange]:
    if content is None:
        if change.before is None:
            yield change
        return
    before = None if change.before is None else unix(change.before)
    try:
        after = change.after
        if unix(content) != before:
            after = dumps(baseline.merged(before, content, after, change.path).lock)
    except LockError as error:
        notes.append(f"{change.path}: the other copy is left as it is: {error.message}")
        return
    if b"\r\n" in content:
        after = after.replace(b"\n", b"\r\n")
    if after != content:
        yield FileChange(change.path, content, after)


def _mirrored_sources(
    tree: SourceTree,
    analyses: Iterable[Analysis],
    contents: dict[str, bytes],
    notes: list[str],
) -> Iterator[FileChange]:
    """The literals in the differing files, found by task in an analysis of a tree with them."""
    edits_by_path: dict[str, list[Edit]] = defaultdict(list)
    for analysis in analyses:
        bumps = [bump for bump in analysis.plan.bumps if bump.path in contents]
        if not bumps:
            continue
        extraction = extract(Overlay(tree, contents), analysis.project.options())
        for bump in bumps:
            if bump.path in extraction.unparsed:
                notes.append(f"{bump.path}: the other copy cannot be parsed; it is left as it is")
            for site in _sites(extraction, bump):
                after = literal(site.literal, site.value, bump.current, site.encoding)
                edits_by_path[bump.path].append(Edit(bump.path, site.span, site.literal, after))
    for path, edits in sorted(edits_by_path.items()):
        yield from _rewritten(path, contents[path], edits, notes)


def _rewritten(
    path: str, content: bytes, edits: list[Edit], notes: list[str]
) -> Iterator[FileChange]:
    try:
        yield FileChange(path, content, rewrite.rewrite(content, edits))
    except EditError as error:
        notes.append(f"{path}: the other copy is left as it is: {error.message}")


def _sites(extraction: Extraction, bump: Bump) -> Iterator[VersionSite]:
    """Where the bumped version stands in the other copy, if it was not bumped there."""
    for task in bump.tasks:
        site = extraction.sites[task].version if task in extraction.sites else None
        if site and site.location.path == bump.path and str_of(site.value) == bump.baseline:
            yield site
