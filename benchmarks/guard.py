"""What the guard costs a process: off and on, against the same without sigclock's plug-in.

`python benchmarks/guard.py [RUNS]`. Each figure is the median of the ratios of paired runs, in
processor time. The plug-in is taken out by a folder of entry points that has none of it.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from timing import Command, git, paired, ratio, seconds

FLOW = """\
from dataclasses import dataclass
from flytekit import task

@dataclass
class Stats:
    mean: float

@task(cache=True, cache_version="1.0")
def fit(x: int) -> Stats:
    return Stats(0.5)
"""
#: Without the plug-in: flytekit asks for entry points and gets all but sigclock's.
WITHOUT = """\
import importlib.metadata, importlib_metadata
for module in (importlib.metadata, importlib_metadata):
    def entry_points(_all=module.entry_points, **by):
        found = _all(**by)
        if by.get("group") != "flytekit.plugins":
            return found
        return [point for point in found if point.name != "sigclock"]
    module.entry_points = entry_points
"""
IMPORT = "import flytekit\n"
CALL = "from flow import fit\nfit(x=1)\n"
HITS = "from flow import fit\nfor _ in range(5000): fit(x=1)\n"


class Side(NamedTuple):
    """How a process runs: whether flytekit finds the plug-in, and the guard's variable."""

    plugged: bool
    guard: str


SIDES = {"without": Side(False, "0"), "off": Side(True, ""), "on": Side(True, "1")}  # noqa: FBT003


def command(place: Path, code: str, side: Side) -> Command:
    """A process in the repository; `env` sets the guard's variable for it alone."""
    variable = [f"SIGCLOCK_GUARD={side.guard}"] if side.guard else ["-u", "SIGCLOCK_GUARD"]
    text = code if side.plugged else WITHOUT + code
    environment = [*variable, f"HOME={place / 'home'}"]
    return Command(["env", *environment, sys.executable, "-c", text], place)


def main() -> None:
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        (place / "flow.py").write_text(FLOW, encoding="utf-8")
        (place / "home").mkdir()
        git(place, "init", "-q")
        for name, code in (("import", IMPORT), ("first call", CALL), ("5000 hits", HITS)):
            commands = {side: command(place, code, SIDES[side]) for side in SIDES}
            for prepared in commands.values():
                subprocess.run(prepared.arguments, cwd=place, check=True)
            found = paired(commands, runs)
            base = found["without"]
            shown = ", ".join(f"{s} {ratio(found[s], base):.3f}x" for s in ("off", "on"))
            print(f"{name}: {shown} of {seconds(base):.2f} s", flush=True)


if __name__ == "__main__":
    main()
