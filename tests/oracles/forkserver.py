"""Runs an oracle over many source trees: the SDK is imported once, the work is done in forks.

An oracle is a module beside this one with `preload()` (imports the SDK) and `answer(request)`
(JSON in, JSON out; runs in a fork, in a directory of its own, and may spoil the process). A request
may be a list: then `each` answers its parts in turn, and nothing of a tree is left for the next.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

Json = Any
Tree = dict[str, str]

TESTS = Path(__file__).resolve().parent.parent
SECONDS_PER_FORK = 60
#: How many small trees may share a process, one after the other, where that is not asked about.
TOGETHER = 40
WORKERS = os.cpu_count() or 2
BOOT = "import sys; sys.path.insert(0, sys.argv[1]); from oracles.forkserver import serve; serve()"


def ask(oracle: str, requests: Sequence[Json], path: Sequence[str] = ()) -> list[Json]:
    """The answers of an oracle, in the order of the requests; `path` goes before the packages."""
    with tempfile.TemporaryDirectory(prefix="oracle-") as work:
        done = subprocess.run(
            [sys.executable, "-I", "-c", BOOT, str(TESTS), oracle, *path],
            input=json.dumps(list(requests)),
            env={"HOME": work, "TMPDIR": work, "PATH": os.environ["PATH"], "NO_COLOR": "1"},
            cwd=work,
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
    if done.returncode:
        raise RuntimeError(f"oracle {oracle} failed:\n{done.stderr}")
    answers: list[Json] = json.loads(done.stdout)
    return answers


def ask_together(oracle: str, requests: Sequence[Json], together: int) -> list[Json]:
    """The same with so many requests to a fork; one that dies is the answer to all of its own."""
    chunks = [requests[start : start + together] for start in range(0, len(requests), together)]
    answers = ask(oracle, chunks)
    whole = [
        one if isinstance(one, list) else [one] * len(chunk)
        for chunk, one in zip(chunks, answers, strict=True)
    ]
    return [answer for answers in whole for answer in answers]


def each(work: Callable[[Json], Json], requests: Sequence[Json]) -> list[Json]:
    """The answers to several requests, each from a directory of its own."""
    home, answers = Path.cwd(), []
    for number, request in enumerate(requests):
        place = home / f"part-{number}"
        place.mkdir()
        os.chdir(place)
        try:
            answers.append(work(request))
        except BaseException:  # noqa: BLE001 - told to the caller, whatever it is
            answers.append({"crash": traceback.format_exc()})
        _uproot()
    os.chdir(home)
    return answers


#: The roots of planted trees, and the first names of their modules.
PLANTED: dict[str, set[str]] = {}


def _uproot() -> None:
    """Forget the planted trees and their modules."""
    names = {name for group in PLANTED.values() for name in group}
    sys.path[:] = [entry for entry in sys.path if entry not in PLANTED]
    for name in [name for name in sys.modules if name.partition(".")[0] in names]:
        del sys.modules[name]
    PLANTED.clear()


def serve() -> None:
    """The server's whole life: read requests from stdin, fork for each, write the answers."""
    oracle = importlib.import_module(f"oracles.{sys.argv[2]}")
    sys.path[:1] = sys.argv[3:]
    sys.dont_write_bytecode = True
    requests = json.loads(sys.stdin.read())
    oracle.preload()
    gc.freeze()
    results = sys.stdout
    sys.stdout = sys.stderr
    places = [Path.cwd() / f"case-{number}" for number in range(len(requests))]
    running: dict[int, Path] = {}
    for request, place in zip(requests, places, strict=True):
        running[_fork(oracle.answer, request, place)] = place
        if len(running) >= WORKERS:
            _reap(running)
    while running:
        _reap(running)
    json.dump([json.loads((place / "answer").read_text()) for place in places], results)


def apart(work: Callable[[Json], Json], request: Json, place: Path) -> Json:
    """Do one piece of work in a further fork and wait for what it answers."""
    _reap({_fork(work, request, place): place})
    return json.loads((place / "answer").read_text())


def plant(tree: Tree, root: Path) -> None:
    """Write a source tree, and make its root the place that imports start from."""
    write(tree, root)
    enter(tree, root)


def write(tree: Tree, root: Path) -> None:
    for name, text in tree.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def enter(tree: Tree, root: Path) -> None:
    """Make the root of a written tree the place that imports start from."""
    os.chdir(root)
    sys.path.insert(0, str(root))
    PLANTED[str(root)] = {name.partition(".")[0] for name in modules_of(tree)}


def modules_of(tree: Tree) -> Iterator[str]:
    """The dotted names of a tree's modules, in order of path."""
    for name in sorted(tree):
        if name.endswith(".py"):
            yield name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def import_all(tree: Tree) -> dict[str, str]:
    """Import every module of a planted tree; the errors of those that do not let themselves."""
    outcomes = {name: _import(name) for name in modules_of(tree)}
    return {name: error for name, error in outcomes.items() if error}


def _import(name: str) -> str:
    try:
        importlib.import_module(name)
    except BaseException as error:  # noqa: BLE001 - foreign code may raise anything
        return said(error)
    return ""


def said(error: BaseException) -> str:
    """Type and first line of an exception, without paths of this run."""
    first = next(iter(str(error).splitlines()), "")
    return f"{type(error).__name__}: {first.replace(str(Path.cwd()), '.')}"


def _fork(work: Callable[[Json], Json], request: Json, place: Path) -> int:
    place.mkdir(parents=True)
    child = os.fork()
    if child == 0:
        signal.alarm(SECONDS_PER_FORK)
        with contextlib.suppress(BaseException):
            _answer_in(work, request, place)
        os._exit(0)
    return child


def _answer_in(work: Callable[[Json], Json], request: Json, place: Path) -> None:
    log = os.open(place / "log", os.O_CREAT | os.O_WRONLY)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.chdir(place)
    try:
        text = json.dumps(work(request))
    except BaseException:  # noqa: BLE001 - told to the caller, whatever it is
        text = json.dumps({"crash": traceback.format_exc()})
    (place / "answer").write_text(text, encoding="utf-8")


def _reap(running: dict[int, Path]) -> None:
    child, status = os.waitpid(-1, 0)
    place = running.pop(child)
    if not (place / "answer").exists():
        (place / "answer").write_text(json.dumps({"crash": f"ended with status {status}"}))
