"""Random commits under the real hook in one repository: the invariant after each, time and memory.

Two readers of their own, which share no code with sigclock, look at every commit that HEAD
reaches: one parses the sources of this known shape, the other reads the locks as JSON. Neither may
find that a version at HEAD ever named two signatures. Where Git asks no hook (a revert, a
fast-forward, `--no-verify`) a commit may break that: `check` must refuse it then, and `update` mend
it in the next. Such a commit does not count afterwards: its lock does not know what it did.

With `--commits 2000 --seed 7`: no break, 62 mended; 0.33 s of processor time and 31 MB a hooked
commit in the first hundred, 0.33 s and 36 MB in the last. The largest of them, which judged the
whole tree, grew from 32 to 56 MB with the lock, to 958 kB: nearly every commit here issues versions
for several tasks, and each of them stays.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from statistics import median
from typing import NamedTuple

from soak_readers import LOCK, Reader

FEWEST = 4
TYPES = ("int", "float", "str", "bool", "list[int]", "dict[str, float]", "int | None")
CLASS = "from dataclasses import dataclass\n{imports}\n\n@dataclass\nclass {name}:\n    id: int\n"
TASK = """
@task(cache=True, cache_version={version})
def {name}(n: int) -> {returns}:
    raise NotImplementedError
"""
SETTINGS = {"init.defaultBranch": "main", "user.name": "Ada", "user.email": "ada@example.org"}


class Cost(NamedTuple):
    """Of one commit: seconds, seconds of processor time, and the largest process in MB."""

    wall: float
    processor: float
    memory: float


#: Runs commands, given as lines of JSON, and tells status and cost of each. A process that a large
#: one starts counts as that large: this one stays small.
LAUNCHER = """\
import json, os, subprocess, sys, time
for line in sys.stdin:
    command, folder, said = json.loads(line)
    started = time.perf_counter()
    with open(said, "wb") as out:
        process = subprocess.Popen(command, cwd=folder, stdout=out, stderr=out)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    cost = (time.perf_counter() - started, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)
    print(json.dumps([process.returncode, *cost]), flush=True)
"""


class Repository:
    """Git in a folder; what a commit under the hook costs is kept."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.costs: list[Cost] = []
        self.said = path / ".git/said"
        self._launcher = subprocess.Popen(
            [sys.executable, "-S", "-c", LAUNCHER],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        path.mkdir(parents=True)
        self.git("init", "-q")

    def git(self, *arguments: str, fails: bool = False) -> str:
        done = subprocess.run(
            self._command(arguments), cwd=self.path, capture_output=True, check=False
        )
        if done.returncode and not fails:
            raise SystemExit(f"git {' '.join(arguments)}: {os.fsdecode(done.stderr + done.stdout)}")
        return os.fsdecode(done.stdout).strip()

    def commit(self, *arguments: str) -> int:
        """Commit under the hook; the exit status."""
        asked, told = self._launcher.stdin, self._launcher.stdout
        assert asked is not None
        assert told is not None
        command = self._command(["commit", "-q", *arguments])
        asked.write(json.dumps([command, str(self.path), str(self.said)]) + "\n")
        asked.flush()
        status, *cost = json.loads(told.readline())
        self.costs.append(Cost(*cost))
        return int(status)

    def sigclock(self, *arguments: str) -> int:
        command = [sys.executable, "-m", "sigclock", *arguments]
        return subprocess.run(command, cwd=self.path, capture_output=True, check=False).returncode

    def blobs(self, commit: str) -> dict[str, bytes]:
        """Every file of a commit."""
        listing = self.git("ls-tree", "-r", commit).splitlines()
        oids = {line.split("\t")[1]: line.split()[2] for line in listing}
        asked = "".join(f"{oid}\n" for oid in oids.values()).encode()
        told = subprocess.run(
            self._command(["cat-file", "--batch"]),
            cwd=self.path,
            input=asked,
            capture_output=True,
            check=True,
        ).stdout
        found = {}
        for path in oids:
            head, _, told = told.partition(b"\n")
            size = int(head.split()[2])
            found[path], told = told[:size], told[size + 1 :]
        return found

    def read(self, path: str) -> str:
        return (self.path / path).read_text()

    def write(self, path: str, text: str) -> None:
        (self.path / path).write_text(text)

    def files(self, kind: str) -> list[str]:
        """The files of classes (`c`) or of tasks (`t`)."""
        return sorted(path.name for path in self.path.glob(f"{kind}*.py"))

    @staticmethod
    def _command(arguments: Iterable[str]) -> list[str]:
        options = [part for key, value in SETTINGS.items() for part in ("-c", f"{key}={value}")]
        return ["git", *options, *arguments]


# -- what people do ----------------------------------------------------------------------------


class Soak:
    """A repository to which things happen; `made` counts the commits."""

    def __init__(self, path: Path, seed: int) -> None:
        self.chance = random.Random(seed)  # noqa: S311 - a repeatable history, no secret
        self.repository = Repository(path)
        self.reader = Reader(self.repository)
        self.made = 0
        self.number = 0
        self.mended = 0
        self.done: Counter[str] = Counter()
        self._start()

    def _start(self) -> None:
        repo = self.repository
        for number in range(8):
            inner = number - 1 if number % 3 else None
            imports = "" if inner is None else f"from c{inner} import C{inner}\n"
            text = CLASS.format(imports=imports, name=f"C{number}")
            repo.write(f"c{number}.py", text + (f"    inner: C{inner}\n" if imports else ""))
        for number in range(6):
            self._task_file(f"t{number}.py", [number, number + 1])
        repo.sigclock("update")
        repo.git("add", ".")
        repo.git("commit", "-q", "-m", "first")
        repo.sigclock("hook", "install")

    def _task_file(self, path: str, classes: Iterable[int]) -> None:
        known = list(classes)
        imports = "".join(f"from c{number} import C{number}\n" for number in known)
        tasks = [
            TASK.format(version='"1.0"', name=f"make_{number}", returns=f"list[C{number}]")
            for number in known
        ]
        self.repository.write(path, f"from flytekit import task\n{imports}{''.join(tasks)}")

    def step(self) -> None:
        """One thing happens, and everything is looked at."""
        ways: dict[Callable[[], None], int] = {
            self.change: 50, self.remark: 10, self.reuse: 6, self.come: 3, self.go: 2,
            self.rename: 3, self.revert: 8, self.merge: 8, self.amend: 6, self.in_part: 6,
            self.past: 3,
        }  # fmt: skip
        way = self.chance.choices([*ways], [*ways.values()])[0]
        way()
        self.done[way.__name__] += 1

    def change(self) -> None:
        self._edit_class()
        self._commit()

    def remark(self) -> None:
        path = self.chance.choice(self.repository.files("t"))
        self.repository.write(path, self.repository.read(path) + f"# {self.chance.random()}\n")
        self._commit()

    def reuse(self) -> None:
        """Choose a version by hand, mostly one that was issued already."""
        path = self.chance.choice(self.repository.files("t"))
        version = f'cache_version="1.{self.chance.randrange(12)}"'
        text = self.repository.read(path)
        self.repository.write(path, re.sub(r'cache_version=".*?"', version, text, count=1))
        self._commit()

    def come(self) -> None:
        self.number += 1
        known = [int(path[1:-3]) for path in self.repository.files("c")]
        self._task_file(f"t1{self.number:03}.py", self.chance.sample(known, 2))
        self._commit()

    def go(self) -> None:
        paths = self.repository.files("t")
        if len(paths) > FEWEST:
            self.repository.git("rm", "-q", self.chance.choice(paths))
            self._commit()

    def rename(self) -> None:
        self.number += 1
        path = self.chance.choice(self.repository.files("t"))
        self.repository.git("mv", path, f"t2{self.number:03}.py")
        self._commit()

    def revert(self) -> None:
        """Git runs no hook for a revert without a conflict."""
        back = self.chance.randrange(6)
        if int(self.repository.git("rev-list", "--count", "HEAD")) > back + 1:
            before = self.repository.git("rev-parse", "HEAD")
            self.repository.git("revert", "--no-edit", "-m1", f"HEAD~{back}", fails=True)
            self._resolve("revert")
            if self.repository.git("rev-parse", "HEAD") != before:
                self._look(hooked=False)

    def merge(self) -> None:
        """A branch that parted a few commits ago, with a commit or two of its own, comes back."""
        repo = self.repository
        back = min(self.chance.randrange(4), int(repo.git("rev-list", "--count", "HEAD")) - 1)
        repo.git("switch", "-qC", "side", f"HEAD~{back}")
        for _ in range(self.chance.randrange(1, 3)):
            self._edit_class()
            repo.commit("-am", "side")
            self.made += 1
        repo.git("switch", "-q", "main")
        repo.git("merge", "-q", "--no-edit", "side", fails=True)
        self._resolve("merge")
        self._look(hooked=False)

    def amend(self) -> None:
        self._edit_class()
        self._commit("--amend", "--no-edit")

    def in_part(self) -> None:
        """Stage one change and leave another on disk; the next commit takes it."""
        self._edit_class()
        self.repository.git("add", ".")
        self._edit_class()
        self._commit("-m", "in part", stage=False)
        self._commit()

    def past(self) -> None:
        """Commit past the hook."""
        self._edit_class()
        self.repository.git("commit", "-qa", "--no-verify", "-m", "past")
        self._look(hooked=False)

    def _edit_class(self) -> None:
        path = self.chance.choice(self.repository.files("c"))
        lines = self.repository.read(path).splitlines()
        start = lines.index("    id: int")
        fields = lines[start + 1 :]
        own = [field for field in fields if "inner" not in field]
        if own and self.chance.choice((True, False)):
            fields.remove(self.chance.choice(own))
        else:
            name = f"    f{self.chance.randrange(8)}: "
            fields = [field for field in fields if not field.startswith(name)]
            place = self.chance.randrange(len(fields) + 1)
            fields.insert(place, name + self.chance.choice(TYPES))
        self.repository.write(path, "\n".join([*lines[: start + 1], *fields, ""]))

    # -- commits ---------------------------------------------------------------------------

    def _commit(self, *arguments: str, stage: bool = True) -> None:
        if stage:
            self.repository.git("add", "--all")
        status = self.repository.commit("--allow-empty", *(arguments or ("-m", "work")))
        if status:
            said = self.repository.said.read_text()
            raise SystemExit(f"the hook stopped a commit that it can mend: {said}")
        self._look(hooked=True)

    def _resolve(self, verb: str) -> None:
        """Take a side of each file in conflict, let `update` settle the lock, and commit."""
        repo = self.repository
        state = {"merge": "MERGE_HEAD", "revert": "REVERT_HEAD"}[verb]
        if not (repo.path / ".git" / state).exists():
            return
        for path in repo.git("diff", "--name-only", "--diff-filter=U").split():
            if path != LOCK:
                side = self.chance.choice(["--ours", "--theirs"])
                repo.git("checkout", side, "--", path, fails=True)
                repo.git("add", "--all", "--", path)
        repo.sigclock("update", "--stage")
        repo.git("add", "--all")
        if repo.commit("--allow-empty", "--no-edit") and repo.commit("--no-edit"):
            raise SystemExit(f"a {verb} could not be completed")

    def _look(self, *, hooked: bool) -> None:
        """Hold the invariant; where no hook was asked, `check` must tell what is broken."""
        self.made += 1
        broken = self.reader.broken()
        if not hooked and self.repository.sigclock("check"):
            self.reader.forget()
            self.repository.sigclock("update")
            self.repository.git("add", "--all")
            self.repository.git("commit", "-qm", "mend")
            self.made += 1
            self.mended += 1
            broken = self.reader.broken()
        if broken:
            raise SystemExit(f"after {self.made} commits, one version has two meanings: {broken}")


def main() -> None:
    os.environ.update(GIT_CONFIG_GLOBAL=os.devnull, GIT_CONFIG_NOSYSTEM="1")
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("path", type=Path, help="a folder that is not there yet")
    parser.add_argument("--commits", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    soak = Soak(options.path, options.seed)
    told = 0
    while soak.made < options.commits:
        soak.step()
        costs = soak.repository.costs
        if len(costs) >= told + 100:
            tell(costs[told:], told, soak.made)
            told = len(costs)
    lock = (options.path / LOCK).stat().st_size
    print(f"{soak.made} commits, {soak.mended} mended after Git asked no hook; lock {lock} bytes")
    print(", ".join(f"{count} {name}" for name, count in soak.done.most_common()))


def tell(costs: list[Cost], first: int, made: int) -> None:
    wall, processor, memory = zip(*costs, strict=True)
    times = f"{median(wall):.2f} s, {median(processor):.2f} s of processor time"
    span = f"{first + 1:>5} to {first + len(costs):<5} (of {made} commits)"
    room = f"{median(memory):.0f} MB, peak {max(memory):.0f} MB"
    print(f"hooked {span}: median {times}, {room}", flush=True)


if __name__ == "__main__":
    main()
