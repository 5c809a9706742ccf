"""What programs with flytekit print, run one after the other with one local cache and the guard."""

from __future__ import annotations

import contextlib
import importlib
import io
import linecache
import os
import sys
import traceback
from pathlib import Path
from typing import Any

import msgspec

from oracles import flytekit_dump, forkserver
from oracles.cachehit import Said
from sigclock.guard import flytekit_cache, process
from sigclock.guard.failures import LOG

Json = Any


class Step(msgspec.Struct, frozen=True):
    """One process: the files that are written before it begins, and the program.

    `guard` is `off`, `miss` or `trust` (entries from before the guard); if `begun` is not set, the
    process does not know when it began.
    """

    code: str
    files: forkserver.Tree = {}
    guard: str = "miss"
    begun: bool = True
    environment: dict[str, str] = {}


class Outcome(msgspec.Struct, frozen=True):
    """What the program printed, and what the guard said; an error is printed as well."""

    printed: tuple[str, ...] = ()
    said: tuple[str, ...] = ()


def run(sessions: list[list[Step]]) -> list[list[Outcome]]:
    """Run the steps of each session in order, in a tree and with a home of its own."""
    requests = msgspec.to_builtins(sessions)
    return msgspec.convert(forkserver.ask("guarded", requests), list[list[Outcome]])


def preload() -> None:
    flytekit_dump.preload()


def answer(steps: list[Json]) -> Json:
    place = Path.cwd()
    root = place / "tree"
    forkserver.write({"pyproject.toml": "[tool.sigclock]\n"}, root)
    outcomes = []
    for number, step in enumerate(steps):
        forkserver.write(step["files"], root)
        os.environ["HOME"] = str(place)
        outcomes.append(forkserver.apart(_play, {**step, "root": str(root)}, place / f"{number}"))
    return outcomes


def _play(step: Json) -> Json:
    said: list[str] = []
    LOG.addHandler(Said(said))
    LOG.propagate = False
    os.environ["FLYTE_LOCAL_CACHE_ENABLED"] = "true"
    os.environ.update(step["environment"])
    importlib.import_module("flytekit.core.local_cache").LocalTaskCache.initialize()
    if not step["begun"]:
        vars(process)["start"] = lambda: 0
    if step["guard"] != "off":
        flytekit_cache.install(trusting=step["guard"] == "trust")
    os.chdir(step["root"])
    sys.path.insert(0, step["root"])
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        try:
            # As in a notebook: flytekit asks for the source, and there is no file.
            lines = step["code"].splitlines(keepends=True)
            linecache.cache["<program>"] = (len(step["code"]), None, lines, "<program>")
            exec(compile(step["code"], "<program>", "exec"), vars(sys.modules["__main__"]))  # noqa: S102 - the test's own
        except BaseException:  # noqa: BLE001 - told to the test, whatever it is
            print(traceback.format_exc())  # noqa: T201 - likewise
    return {"printed": printed.getvalue().splitlines(), "said": said}
