"""`verify`: compares how the project's own SDK sees its tasks with what sigclock reads."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import click
import msgspec

from sigclock.cli.options import Settings, formats
from sigclock.errors import GitError, SigclockError, UsageError
from sigclock.flyte import agreement, probe
from sigclock.flyte.agreement import Answer, Live
from sigclock.git.repository import Repository
from sigclock.interface.snapshot import Extraction, Task
from sigclock.project import projects
from sigclock.project.projects import Overrides, Project
from sigclock.python.names.modules import Modules
from sigclock.python.types.classes import EXTERNAL_NAMES
from sigclock.source import Location
from sigclock.verdict import judge, wording
from sigclock.verdict.finding import Finding, Level, Report
from sigclock.verdict.report import assemble, counts
from sigclock.verdict.rules import verify_mismatch
from sigclock.verdict.rules.nothing_to_judge import nothing

_NONE: frozenset[str] = frozenset()
#: An archive is only read, and nothing in it may take longer.
_ARCHIVE_SECONDS = 60


class Request(msgspec.Struct, frozen=True):
    """What to verify: modules or files (empty: all that hold tasks), or an archive."""

    modules: tuple[str, ...] = ()
    python: str = sys.executable
    archive: str | None = None


class Result(msgspec.Struct, frozen=True):
    """The report, the level from which a finding fails, and the keys of each cached task."""

    report: Report
    fail_on: Level
    keys: dict[str, tuple[str, ...]]
    compared: int
    agreed: int

    @property
    def text(self) -> str:
        """The keys of every cached task, and how many tasks agree."""
        if not self.compared:
            return "No task was compared.\n"
        lines = [line for name in sorted(self.keys) for line in (name, *_indented(self.keys[name]))]
        verb = "agrees" if self.agreed == 1 else "agree"
        lines.append(f"{self.agreed} of {wording.count(self.compared, 'task')} {verb}.")
        return "".join(f"{wording.inert(line)}\n" for line in lines)


def _indented(lines: Iterable[str]) -> list[str]:
    return [f"    {line}" for line in lines]


class ProjectResult(msgspec.Struct, frozen=True):
    """The result for one project."""

    extraction: Extraction
    findings: list[Finding]
    keys: dict[str, tuple[str, ...]]
    compared: int
    unknown: frozenset[str] = frozenset()


@click.command()
@formats
@click.argument("modules", nargs=-1, metavar="[MODULE]...")
@click.option("--python", metavar="FILE", help="The project's interpreter (default: this one).")
@click.option("--archive", metavar="FILE", help="Compare what `pyflyte package` wrote instead.")
def command(
    *,
    modules: tuple[str, ...],
    python: str | None,
    archive: str | None,
    **options: Any,  # noqa: ANN401
) -> int:
    """Import the project with its own SDK and compare; print the exact cache keys."""
    settings = Settings(options)
    request = Request(modules, python or sys.executable, archive)
    result = run(settings.directory, settings.overrides(), request)
    if not options["formats"] and not options["quiet"]:
        click.echo(result.text, nl=False)
        if not result.report.findings:
            return 0
    return settings.show(result.report, result.fail_on)


def run(directory: str, overrides: Overrides, request: Request) -> Result:
    """Import in a child process, compare here; writes nothing."""
    repository = Repository.open(directory)
    if repository.root is None:
        advice = "run `sigclock verify` in a clone with a work tree"
        raise GitError("this repository is bare: nothing can be imported", advice=advice)
    all_projects = projects.projects(repository.worktree(), overrides)
    results = [_verify(repository, project, request) for project in all_projects]
    unseen = frozenset.intersection(*(result.unknown for result in results))
    raised = [*_unseen(unseen, request), *(f for result in results for f in result.findings)]
    if not any(result.compared for result in results):
        raised.append(_nothing(results, request))
    findings = sorted(dict.fromkeys(raised), key=judge.order)
    report = assemble(
        (),
        findings,
        [counts(result.extraction) for result in results],
        baseline=request.archive or request.python,
        current="worktree",
    )
    report = msgspec.structs.replace(report, is_part=True)
    keys = {name: lines for result in results for name, lines in result.keys.items()}
    compared = sum(result.compared for result in results)
    differing = {finding.task for finding in findings if finding.task}
    return Result(
        report, projects.fail_level(all_projects), keys, compared, compared - len(differing)
    )


def _verify(repository: Repository, project: Project, request: Request) -> ProjectResult:
    tree = repository.worktree()
    extraction = project.extraction(repository, tree)
    modules = Modules(tree, EXTERNAL_NAMES, project.options().layout)
    imports = _imports(extraction, modules, request)
    root = repository.root or Path()
    answer = _run_probe(root / project.directory, imports, modules, root, request)
    pairs = list(_pairs(answer, extraction, root))
    findings = [*_unimported(answer, imports)]
    for live, name in pairs:
        findings += _compared(live, name, extraction)
    findings += _shared(pairs, extraction)
    if request.archive is None:
        failed = {imports[name] for name in answer.errors}
        paths = set(imports.values()) - failed
        findings += _missing({name for _, name in pairs if name}, extraction, paths)
    keys = {live.name: tuple(agreement.key_lines(live)) for live, _ in pairs if live.cached}
    unknown = frozenset(live.name for live in answer.tasks).difference(extraction.snapshot.tasks)
    return ProjectResult(
        extraction, findings, keys, len(pairs), unknown if request.archive else _NONE
    )


def _imports(extraction: Extraction, modules: Modules, request: Request) -> dict[str, str]:
    """The modules to import, each with its path."""
    paths = sorted({task.path for task in extraction.snapshot.tasks.values()})
    known = {modules.import_name(path): path for path in paths if path.endswith(".py")}
    if not request.modules:
        return known
    wanted = {
        name: path
        for name, path in known.items()
        for module in request.modules
        if module in (name, path) or name.startswith(f"{module}.") or path.startswith(f"{module}/")
    }
    if not wanted:
        shown = ", ".join(request.modules)
        raise UsageError(f"no tasks in {shown}", advice="name a module or file that holds tasks")
    return wanted


def _run_probe(
    cwd: Path, imports: dict[str, str], modules: Modules, root: Path, request: Request
) -> Answer:
    """Run the probe under the project's Python and read its answer."""
    roots = dict.fromkeys(modules.root_of(path) for path in imports.values())
    archive = str(Path(request.archive).absolute()) if request.archive else None
    question = {
        "modules": list(imports),
        # The current folder comes last, and not where only an archive is read.
        "paths": [] if archive else [*(str(root / source_root) for source_root in roots), ""],
        "archive": archive,
    }
    with tempfile.TemporaryDirectory(prefix="sigclock-") as folder:
        program, file = Path(folder) / "probe.py", Path(folder) / "answer"
        # In a folder of its own, for Python imports from that of the program first.
        program.write_bytes(Path(probe.__file__).read_bytes())
        try:
            process = subprocess.run(  # noqa: S603 - the interpreter that the user names
                [request.python, str(program), str(file)],
                input=msgspec.json.encode(question),
                cwd=cwd,
                env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
                capture_output=True,
                check=False,
                timeout=_ARCHIVE_SECONDS if archive else None,
            )
        except OSError as error:
            raise UsageError(
                f"cannot run {request.python!r}: {error.strerror}",
                advice="give --python the interpreter of the project's environment",
            ) from error
        except subprocess.TimeoutExpired as error:
            raise SigclockError(
                f"the archive {request.archive!r} was not read within {_ARCHIVE_SECONDS} seconds",
                advice="give --archive a file that `pyflyte package` wrote",
            ) from error
        if not file.exists():
            raise _no_answer(process, request)
        return _answer(file.read_bytes(), request)


def _answer(data: bytes, request: Request) -> Answer:
    try:
        return msgspec.json.decode(data, type=Answer)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise SigclockError(
            f"{request.python} answered something that cannot be read",
            advice="give --python the interpreter itself, not a program that wraps it",
        ) from error


def _no_answer(process: subprocess.CompletedProcess[bytes], request: Request) -> SigclockError:
    last = (process.stderr.decode(errors="replace").strip().splitlines() or ["no output"])[-1]
    what = f"the archive {request.archive!r}" if request.archive else "the project"
    return SigclockError(
        f"{request.python} could not read {what}: {last}",
        advice="give --python an interpreter that has the project's SDK installed",
    )


def _pairs(answer: Answer, extraction: Extraction, root: Path) -> Iterator[tuple[Live, str | None]]:
    """Each of the SDK's tasks that belongs to the tree, with sigclock's name for it."""
    names = {(task.path, task.function): name for name, task in extraction.snapshot.tasks.items()}
    for live in answer.tasks:
        function = live.function.replace(".<locals>", "")
        path = _relative(live.file, root)
        same_place = names.get((path, function)) if path else None
        by_name = live.name if live.name in extraction.snapshot.tasks else None
        known = same_place or by_name
        selected = path is not None and any(
            task.path == path for task in extraction.snapshot.tasks.values()
        )
        if known is not None or selected:
            yield live, known


def _relative(file: str, root: Path) -> str | None:
    path = Path(file).resolve() if file else None
    return path.relative_to(root).as_posix() if path and root in path.parents else None


def _compared(live: Live, name: str | None, extraction: Extraction) -> Iterator[Finding]:
    if name is None:
        where = Location(Path(live.file).name, 1)
        yield verify_mismatch.unseen(live.name, live.sdk, where)
        return
    task, site = extraction.snapshot.tasks[name], extraction.sites[name]
    if live.error:
        yield verify_mismatch.not_described(name, live.sdk, live.error, site.location)
        return
    if live.name != name.partition("@")[0] and not site.ambiguous:
        yield verify_mismatch.named(name, live.sdk, live.name, site.location)
    definitions = extraction.snapshot.definitions_of(task)
    for difference in agreement.differences(live, task, definitions):
        yield verify_mismatch.different(name, live.sdk, difference, site.location)


def _unseen(names: frozenset[str], request: Request) -> Iterator[Finding]:
    """Tasks of an archive that no project of the tree has."""
    for name in sorted(names):
        yield verify_mismatch.unseen_in_archive(name, request.archive or "")


def _nothing(results: Sequence[ProjectResult], request: Request) -> Finding:
    """Nothing was compared: an error if there is something to compare."""
    tasks = [task for result in results for task in result.extraction.snapshot.tasks.values()]
    if not tasks:
        return nothing(Location("pyproject.toml", 1), "there is no task here", "", expected=False)
    sdks = " or ".join(sorted({task.sdk.value for task in tasks}))
    why = f"is {sdks} installed for {request.python}? Give --python the project's interpreter"
    if request.archive:
        why = f"{request.archive} has none of them"
    message = f"none of {wording.count(len(tasks), 'task')} could be compared: {why}"
    return nothing(Location(tasks[0].path, 1), message, "", expected=True)


def _shared(pairs: Sequence[tuple[Live, str | None]], extraction: Extraction) -> Iterator[Finding]:
    """Tasks to which a policy gave the same version though their signatures differ."""
    served: dict[str, dict[str, str]] = defaultdict(dict)
    tasks = extraction.snapshot.tasks
    for live, name in pairs:
        if name is not None and live.cached and tasks[name].cache.kind.value == "automatic":
            served[live.version].setdefault(tasks[name].signature, name)
    for names in served.values():
        first, *others = names.values()
        for name in others:
            yield verify_mismatch.shared(name, first, extraction.sites[name].location)


def _unimported(answer: Answer, imports: dict[str, str]) -> Iterator[Finding]:
    for name, error in sorted(answer.errors.items()):
        yield verify_mismatch.not_imported(name, error, Location(imports.get(name, name), 1))


def _missing(seen: set[str], extraction: Extraction, imported: set[str]) -> Iterator[Finding]:
    """Tasks at module level that sigclock reads and the SDK does not have after the import."""
    for name, task in extraction.snapshot.tasks.items():
        if task.path in imported and name not in seen and _is_plain(name, task):
            yield verify_mismatch.absent(name, extraction.sites[name].location)


def _is_plain(name: str, task: Task) -> bool:
    return "@" not in name and "." not in task.function
