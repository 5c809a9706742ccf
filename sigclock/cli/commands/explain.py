"""`explain`: a task as a tree with the location of each part, what a class reaches, or a rule."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

import click

from sigclock.cli import completion, explanation
from sigclock.cli.options import Settings, say
from sigclock.cli.records import GoneRecord, Issued, RuleRecord
from sigclock.cli.structured import dump, text_or_json
from sigclock.cli.tables import table
from sigclock.errors import UsageError
from sigclock.git.repository import Repository
from sigclock.interface.locations import PartLocation, location_of
from sigclock.interface.snapshot import Definition, Extraction, Field, Sdk, Task, VoidKind
from sigclock.interface.type_tree import children
from sigclock.interface.types import Ref, Type, spell
from sigclock.lock.ledger import EMPTY, conflicts
from sigclock.lock.lock import SAME_SOURCE, Account
from sigclock.project import projects
from sigclock.project.analysis import Analysis, analyse
from sigclock.project.projects import Overrides
from sigclock.reports.paragraph import wrapped
from sigclock.verdict import wording
from sigclock.verdict.call_graph import CallGraph, Radius
from sigclock.verdict.finding import Rule
from sigclock.verdict.rules import RULES

#: How deep, and on how many lines, a field's classes are shown: each at every place of it.
_DEPTH = 12
_LINES = 1_000
#: How wide prose of more than a sentence and code to copy are.
_WIDTH = 80


@click.command()
@click.argument("subject", metavar="TASK|CLASS|RULE", shell_complete=completion.subjects)
@text_or_json
def command(*, subject: str, form: str) -> None:
    """Explain a task (signature, cache, versions, prediction), a class or a rule.

    Of a class: which tasks it reaches, and what a change of it makes due.
    """
    settings = Settings({})
    told = run(settings.directory, subject, settings.overrides(), form)
    say(told, flows=form == "text")


def run(directory: str, subject: str, overrides: Overrides, form: str = "text") -> str:
    """The text, or JSON, for the name of a task or class (or its only end), or a rule's id."""
    if subject in RULES:
        return dump(RuleRecord.of(RULES[subject])) if form == "json" else _rule(RULES[subject])
    repository = Repository.open(directory)
    tree = repository.current_tree()
    analyses = [
        analyse(repository, tree, project) for project in projects.projects(tree, overrides)
    ]
    analysis, name = _meant(analyses, subject)
    extraction, as_json = analysis.extraction, form == "json"
    if name in extraction.snapshot.tasks:
        graph = CallGraph(tree, analysis.project.options(), extraction)
        radius = graph.radii([name])[name]
        if as_json:
            return dump(explanation.of_task(analysis, name, radius))
        lines: Iterable[str] = _whole_task(analysis, name, radius, graph.callers(name))
    elif name in extraction.snapshot.definitions:
        if as_json:
            return dump(explanation.of_class(extraction, name))
        lines = _reached(analysis, name)
    else:
        account = analysis.plan.lock.ledger[name]
        if as_json:
            return dump(GoneRecord(name, Issued.of(account)))
        lines = _gone(name, account)
    return "".join(f"{line}\n" for line in lines)


def _meant(analyses: Sequence[Analysis], subject: str) -> tuple[Analysis, str]:
    """The task, else the class, else the task that is gone, with its project."""
    groups: list[dict[str, Analysis]] = [{}, {}, {}]
    for analysis in analyses:
        snapshot, ledger = analysis.extraction.snapshot, analysis.plan.lock.ledger
        gone = [name for name in ledger if name not in snapshot.tasks]
        for group, names in zip(
            groups, (list(snapshot.tasks), list(snapshot.definitions), gone), strict=True
        ):
            group.update(dict.fromkeys(names, analysis))
    name = projects.find(subject, "task, class or rule", *groups, RULES)
    analysis = next(group[name] for group in groups if name in group)
    if name in analysis.extraction.snapshot.tasks and name not in analysis.plan.decisions:
        raise UsageError(
            f"{name} rests on a module that cannot be read",
            advice="`sigclock check` names it",
        )
    return analysis, name


def _whole_task(
    analysis: Analysis, name: str, radius: Radius, callers: tuple[str, ...]
) -> Iterator[str]:
    yield from _task(analysis, name)
    yield from _downstream(radius)
    task, kind = analysis.extraction.snapshot.tasks[name], analysis.extraction.sites[name].void
    yield from _ways_out(task, callers, unannotated=kind is VoidKind.UNANNOTATED)


def _gone(name: str, account: Account) -> Iterator[str]:
    yield f"{name}  (removed)"
    yield from _account(account)
    yield f"`sigclock log {name}` shows its past"


def _reached(analysis: Analysis, key: str) -> Iterator[str]:
    """A class, and the tasks that a change of it concerns."""
    yield from _class(Ref(key), analysis.extraction, "", ())
    tasks = explanation.reached(analysis.extraction, key)
    if tasks.due:
        yield ""
        yield "a change of its structure makes these versions due"
        rows = [(name, _site(analysis, name), _setting(analysis, name)) for name in tasks.due]
        yield from (f"  {line}" for line in table(("task", "place", "cache"), rows)[1:])
    for title, names in (
        ("returned without a cache by", tasks.uncached),
        ("an input of", tasks.inputs_of),
    ):
        if names:
            yield f"{title} {wording.enumerate_names(names, 10)}"


def _site(analysis: Analysis, name: str) -> str:
    return str(analysis.extraction.sites[name].location)


def _rule(rule: Rule) -> str:
    before, after = (_indented(code) for code in (rule.before, rule.after))
    title = f"{rule.id} ({rule.level.value})"
    prose = (wrapped(text, _WIDTH, indent="") for text in (rule.summary, rule.help))
    parts = (title, *prose, "Before:", before, "After:", after)
    return "\n\n".join(parts) + "\n"


def _indented(code: str) -> str:
    return "\n".join(f"    {line}" if line else "" for line in code.strip().splitlines())


def _task(analysis: Analysis, name: str) -> Iterator[str]:
    task, site = analysis.extraction.snapshot.tasks[name], analysis.extraction.sites[name]
    yield f"{name}  ({site.location}, {task.sdk.value})"
    yield ""
    yield f"cache      {_setting(analysis, name)}"
    yield f"signature  {task.signature[:12]}"
    yield from _interface("outputs", task.outputs, name, analysis.extraction)
    if task.void:
        yield f"  nothing ({site.void.value if site.void else 'no output'})"
    yield from _interface("inputs", task.inputs, name, analysis.extraction)
    yield from _issued(analysis, name)
    yield from _forecast(analysis, name)


def _setting(analysis: Analysis, name: str) -> str:
    task, site = analysis.extraction.snapshot.tasks[name], analysis.extraction.sites[name]
    if not task.cached:
        return "off"
    where = f", {site.version.holder} at {site.version.location}" if site.version else ""
    return f"{task.cache.kind.value} {wording.inert(task.cache.version or '')!r}{where}"


def _interface(
    title: str, fields: tuple[Field, ...], owner: str, extraction: Extraction
) -> Iterator[str]:
    yield title
    for field in fields:
        where = _at(location_of(extraction.places, owner, field.name))
        yield f"  {field.name}: {spell(field.type)}{where}"
        tree = _classes(field.type, extraction, "    ", ())
        yield from islice(tree, _LINES)
        if next(tree, None) is not None:
            yield "    ... and so on"


def _classes(
    type_: Type, extraction: Extraction, indent: str, path: tuple[str, ...]
) -> Iterator[str]:
    """Each class that a type mentions, its parts indented below it."""
    if isinstance(type_, Ref):
        yield from _class(type_, extraction, indent, path)
    for child in children(type_):
        yield from _classes(child, extraction, indent, path)


def _class(ref: Ref, extraction: Extraction, indent: str, path: tuple[str, ...]) -> Iterator[str]:
    definition = extraction.snapshot.definitions.get(ref.name)
    if definition is None:
        return
    again = " (see above)" if ref.name in path else ""
    where = _at(location_of(extraction.places, ref.name, ""))
    yield f"{indent}{definition.kind.name} {ref.name}{where}{again}"
    if again or len(path) > _DEPTH:
        return
    for name, text, type_ in _parts(definition):
        yield f"{indent}  {name}{text}{_at(location_of(extraction.places, ref.name, name))}"
        if type_ is not None:
            yield from _classes(type_, extraction, f"{indent}    ", (*path, ref.name))


def _parts(definition: Definition) -> Iterator[tuple[str, str, Type | None]]:
    for field in definition.fields:
        yield field.name, f": {spell(field.type)}", field.type
    for member in definition.members:
        yield member.name, f" = {member.value}", None
    if definition.target is not None:
        yield "stands for", f" {spell(definition.target)}", definition.target


def _at(place: PartLocation | None) -> str:
    return f"  ({place.location})" if place else ""


def _issued(analysis: Analysis, name: str) -> Iterator[str]:
    yield from _account(analysis.plan.decisions[name].account)


def _account(account: Account) -> Iterator[str]:
    if account == EMPTY:
        return
    yield "issued"
    for version, signatures in sorted(account.issued.items()):
        shown = ", ".join(sorted(signature[:12] for signature in signatures))
        burnt = (
            "  burnt: more than one signature"
            if any(conflicts(account, version, s) for s in signatures)
            else ""
        )
        yield f"  {wording.inert(version)!r}: {shown}{burnt}"
    for word in sorted(account.accepted):
        reason = wording.inert(word.reason) or SAME_SOURCE
        yield f"  accepted {word.baseline[:12]} = {word.current[:12]}: {reason}"


def _downstream(radius: Radius) -> Iterator[str]:
    if radius.size:
        yield "recomputes with it"
        yield from (f"  task {wording.inert(name)}" for name in radius.tasks)
        yield from (f"  workflow {wording.inert(name)}" for name in radius.workflows)


def _ways_out(task: Task, callers: tuple[str, ...], *, unannotated: bool) -> Iterator[str]:
    """What to write instead if a cached task of Flyte 1 returns nothing."""
    if not (task.void and task.cached and task.sdk is Sdk.FLYTEKIT):
        return
    version = repr(task.cache.version or "")
    yield "ways out, to copy"
    if unannotated:
        yield "  it returns a value: say of which type, as in"
        yield from _code(task, "int")
    yield "  it runs every time, locally and remotely:"
    yield from _code(task, "None", "@task")
    yield "  or both cache it, for it returns a value that says it is done:"
    yield "      from sigclock.flyte import returns_marker"
    yield from _code(task, "None", f"@task(cache=True, cache_version={version})", "@returns_marker")
    shown = wording.enumerate_names(callers) if callers else "nothing in the tree"
    yield f"  called by {shown}; a call that ignores the result stays as it is"


def _code(task: Task, returned: str, *decorators: str) -> Iterator[str]:
    """The head of the task's function, a parameter a line where they are many."""
    name = task.function.rpartition(".")[2]
    inputs = [f"{field.name}: {spell(field.type)}" for field in task.inputs]
    head = [f"def {name}({', '.join(inputs)}) -> {returned}: ..."]
    if len(head[0]) > _WIDTH:
        head = [f"def {name}(", *(f"    {line}," for line in inputs), f") -> {returned}: ..."]
    yield from (f"      {line}" for line in (*decorators, *head))


def _forecast(analysis: Analysis, name: str) -> Iterator[str]:
    report = analysis.tasks[name]
    yield "next call with known inputs"
    yield f"  {wording.foretell(report.prediction)}: {report.prediction.reason}"
    for finding in analysis.findings:
        if finding.task == name:
            yield f"  {finding.level.value}[{finding.rule}] {wording.inert(finding.message)}"
