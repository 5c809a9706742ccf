"""What an installation costs, and the start of a command, beside tools that its users know.

    python benchmarks/installation.py [PACKAGE…]

Each package goes into an empty environment of its own. The last column is a ratio of processor time
to that of an empty Python, in runs taken in turn.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path
from typing import NamedTuple

from timing import ROOT, Command, Spent, paired, ratio, seconds

#: Each package with the program that it brings.
BESIDE = {
    str(ROOT): "sigclock",
    "ruff": "ruff",
    "uv": "uv",
    "griffe": "griffe",
    "pre-commit": "pre-commit",
}
RUNS = 9


class Installed(NamedTuple):
    """A package in its environment; `took` is by the clock, with the download."""

    programs: Path
    packages: int
    megabytes: float
    took: float


def install(package: str, place: Path) -> Installed:
    venv.create(place, symlinks=True)
    programs = place / ("Scripts" if sys.platform == "win32" else "bin")
    python = programs / "python"
    pip = [sys.executable, "-m", "pip", "--python", str(python), "--disable-pip-version-check"]
    began = time.perf_counter()
    subprocess.run([*pip, "install", "-q", "--no-cache-dir", package], check=True)
    took = time.perf_counter() - began
    listed = subprocess.run([*pip, "list", "--format=freeze"], check=True, capture_output=True)
    files = (file for file in place.rglob("*") if file.is_file() and not file.is_symlink())
    megabytes = sum(file.stat().st_size for file in files) / 1e6
    return Installed(programs, len(listed.stdout.split()), megabytes, took)


def starts(installed: dict[str, Installed], place: Path) -> dict[str, list[Spent]]:
    commands = {
        name: Command([str(found.programs / BESIDE.get(name, name)), "--version"], place)
        for name, found in installed.items()
    }
    empty = Command([sys.executable, "-I", "-c", ""], place)
    for command in commands.values():
        subprocess.run(command.arguments, check=True, capture_output=True)
    return paired({"": empty, **commands}, RUNS)


def main() -> None:
    packages = sys.argv[1:] or [*BESIDE]
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        installed = {
            package: install(package, place / str(number))
            for number, package in enumerate(packages)
        }
        runs = starts(installed, place)
        print(f"{'':14}{'packages':>9}{'MB':>7}{'install':>9}{'--version':>11}{'ratio':>7}")
        for package, found in installed.items():
            start, times = runs[package], ratio(runs[package], runs[""])
            shown = f"{BESIDE.get(package, package):14}{found.packages:>9}{found.megabytes:>7.1f}"
            print(f"{shown}{found.took:>8.1f}s{seconds(start):>10.3f}s{times:>7.1f}")


if __name__ == "__main__":
    main()
