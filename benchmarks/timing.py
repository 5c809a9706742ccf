"""Times whole processes: processor seconds and the peak of memory, over several paired runs."""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parent.parent
_IDENTITY = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org", "-c", "core.autocrlf=false")


class Spent(NamedTuple):
    """Processor seconds and the peak of memory in MB of one process with its children."""

    seconds: float
    memory: float


class Command(NamedTuple):
    """What to run where; `prepare` puts the place into its state before each run, untimed."""

    arguments: Sequence[str]
    place: Path
    prepare: Callable[[], object] = bool


def spent(command: Command) -> Spent:
    """Run once. Statuses are not looked at: a check that finds something has worked as long."""
    command.prepare()
    quiet = subprocess.DEVNULL
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(
        command.arguments, cwd=command.place, env=environment, stdout=quiet, stderr=quiet
    )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return Spent(usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def paired(commands: Mapping[str, Command], runs: int) -> dict[str, list[Spent]]:
    """Run all commands in turn, so many times: the noise of the machine falls on all of them."""
    found: dict[str, list[Spent]] = {name: [] for name in commands}
    for _ in range(runs):
        for name, command in commands.items():
            found[name].append(spent(command))
    return found


def ratio(runs: Sequence[Spent], yardstick: Sequence[Spent]) -> float:
    """The median of the ratios of paired runs."""
    pairs = zip(runs, yardstick, strict=True)
    return statistics.median(mine.seconds / base.seconds for mine, base in pairs)


def seconds(runs: Sequence[Spent]) -> float:
    return statistics.median(run.seconds for run in runs)


def memory(runs: Sequence[Spent]) -> float:
    return max(run.memory for run in runs)


def noise(runs: Sequence[Spent]) -> float:
    """How far apart the slowest and the fastest run are, as a share of the median."""
    times = [run.seconds for run in runs]
    return (max(times) - min(times)) / statistics.median(times)


def git(place: Path, *arguments: str) -> None:
    subprocess.run(["git", *_IDENTITY, *arguments], cwd=place, check=True)


def forget(place: Path) -> None:
    """Throw away what earlier runs kept in the Git directory."""
    shutil.rmtree(place / ".git/sigclock", ignore_errors=True)
