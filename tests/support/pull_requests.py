"""Pull requests that grow from one base of 100 tasks and 60 classes, as the hook leaves them.

Of 40 and 24 without `SIGCLOCK_FULL=1`.
"""

from __future__ import annotations

import random
from collections import defaultdict
from typing import NamedTuple

from sigclock.lock import reader
from sigclock.lock.lock import Lock
from sigclock.project import analysis, projects
from sigclock.project.baseline import Baseline
from sigclock.project.projects import Overrides
from sigclock.source import LOCK_NAME
from sigclock.tasks.extract import extract
from sigclock.verdict import rewrite
from support.amount import FULL
from support.locks import DictTree

CLASSES, TASKS, PER_MODULE = (60, 100, 5) if FULL else (24, 40, 5)
FIELD = ("int", "str", "float", "list[int]", "dict[str, float]")
#: What one of twenty pull requests to a program that stands for some time does.
KINDS = {"field": 10, "return": 4, "new task": 3, "removal": 2, "new class": 1}
_TASK = """
@task(cache=True, cache_version="{version}")
def {name}(path: str, limit: int = 3) -> {returns}:
    raise NotImplementedError
"""


class PullRequest(NamedTuple):
    """What a branch has instead of the base: whole files, the lock among them."""

    kind: str
    files: dict[str, bytes]
    lock: Lock
    touched: frozenset[str]


class Program:
    """Classes and tasks by name, each in a module; `files` is their source."""

    def __init__(self) -> None:
        self.classes: dict[str, dict[str, str]] = {}
        self.tasks: dict[str, tuple[str, str, str]] = {}

    @classmethod
    def base(cls, chance: random.Random) -> Program:
        program = cls()
        for _ in range(CLASSES):
            fields = {f"f{index}": chance.choice(FIELD) for index in range(chance.randint(1, 4))}
            if program.classes and chance.random() < 0.3:
                fields["inner"] = chance.choice(sorted(program.classes))
            program.classes[f"C{_fresh(chance)}"] = fields
        for number in range(TASKS):
            version = f"{chance.randint(1, 3)}.{chance.randint(0, 9)}"
            module = f"flow{number // PER_MODULE:02}"
            program.tasks[f"t{_fresh(chance)}"] = (module, program.returns(chance), version)
        return program

    def copied(self) -> Program:
        other = Program()
        other.classes = {name: dict(fields) for name, fields in self.classes.items()}
        other.tasks = dict(self.tasks)
        return other

    def returns(self, chance: random.Random) -> str:
        name = f"models.{chance.choice(sorted(self.classes))}"
        return chance.choice((name, name, f"list[{name}]", f"dict[str, {name}]"))

    def files(self) -> dict[str, str]:
        lines = ["from __future__ import annotations", "from dataclasses import dataclass"]
        for name, fields in sorted(self.classes.items()):
            lines += ["", "@dataclass", f"class {name}:"]
            lines += [f"    {field}: {type_}" for field, type_ in fields.items()]
        modules: dict[str, str] = defaultdict(lambda: "import models\nfrom flytekit import task\n")
        for name, (module, returns, version) in sorted(self.tasks.items()):
            modules[f"{module}.py"] += _TASK.format(name=name, returns=returns, version=version)
        return {"models.py": "\n".join(lines) + "\n", **modules}


def change(program: Program, chance: random.Random) -> str:
    """Change one thing, as pull requests do; the kind of change."""
    kind = chance.choices(list(KINDS), list(KINDS.values()))[0]
    some_class, some_task = (
        chance.choice(sorted(program.classes)),
        chance.choice(sorted(program.tasks)),
    )
    fresh = _fresh(chance)
    module, returns, version = program.tasks[some_task]
    match kind:
        case "field":
            program.classes[some_class][f"g{fresh}"] = chance.choice(FIELD)
        case "new task":
            program.tasks[f"t{fresh}"] = (module, returns, "1.0")
        case "new class":
            program.classes[f"C{fresh}"] = {"only": chance.choice(FIELD)}
            program.tasks[f"t{fresh}"] = (module, f"models.C{fresh}", "1.0")
        case "removal":
            del program.tasks[some_task]
        case _:
            program.tasks[some_task] = (module, program.returns(chance), version)
    return kind


def _fresh(chance: random.Random) -> str:
    """A part of a name that sorts anywhere among the others."""
    return f"{chance.randrange(10**6):06}"


def settled(files: dict[str, str], before: Lock) -> tuple[dict[str, bytes], Lock]:
    """The files and the lock after the hook."""
    tree = DictTree(files)
    project = projects.projects(tree, Overrides())[0]
    known = Baseline(reader.dumps(before), before, before.ledger)
    plan = analysis.judge(project, known, extract(tree, project.options()), tree).plan
    after = {path: text.encode() for path, text in files.items()}
    edits = defaultdict(list)
    for edit in plan.edits:
        edits[edit.path].append(edit)
    after.update({path: rewrite.rewrite(after[path], found) for path, found in edits.items()})
    return {**after, LOCK_NAME: reader.dumps(plan.lock)}, plan.lock


def grown(count: int, seed: int = 0) -> tuple[dict[str, bytes], list[PullRequest]]:
    """The base's files, and pull requests that each change one thing of it."""
    chance = random.Random(seed)  # noqa: S311 - a program, not a secret
    program = Program.base(chance)
    base, lock = settled(program.files(), Lock())
    requests = []
    for _ in range(count):
        branch = program.copied()
        kind = change(branch, chance)
        files, after = settled(branch.files(), lock)
        requests.append(PullRequest(kind, files, after, _touched(lock, after)))
    return base, requests


def _touched(before: Lock, after: Lock) -> frozenset[str]:
    """The tasks of which the lock says something else."""
    names = before.ledger.keys() | after.ledger.keys()
    return frozenset(
        name
        for name in names
        if (before.snapshot.tasks.get(name), before.ledger.get(name))
        != (after.snapshot.tasks.get(name), after.ledger.get(name))
    )
